import { readFileSync } from "node:fs";

const versionIn = (url: URL | string): string =>
  (JSON.parse(readFileSync(new URL(url), "utf8")) as { version: string }).version;

/** The release of this service, and of the schema it was written for. Read once, when the process starts. */
export const version = versionIn(new URL("../../package.json", import.meta.url));
export const schemaVersion = versionIn(import.meta.resolve("@postern/schema/package.json"));
