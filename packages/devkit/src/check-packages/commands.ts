import { join } from "node:path";
import { run } from "../run.ts";
import type { App } from "./make-app.ts";

export type Where = {
  databaseUrl: string;
  /** Files of the app that declare tables, and the folder for its migrations. */
  schema: readonly string[];
  out?: string;
};

/** The kits exit 0 on errors and without a terminal where they would ask: their words decide. */
const FAULT = /error|unable|cannot|warning|are you sure|truncate|data loss|is required|not find/i;

const environmentOf = ({ databaseUrl, schema, out = "drizzle" }: Where) => ({
  ...process.env,
  DATABASE_URL: databaseUrl,
  KIT_SCHEMA: schema.map((file) => `./src/${file}.ts`).join(","),
  KIT_OUT: `./${out}`,
});

/** Runs the app's own drizzle-kit and answers what it said. Throws where that holds a fault. */
export async function kit(
  { folder, major }: App,
  command: "generate" | "migrate" | "push",
  where: Where,
): Promise<string> {
  const { ok, everything } = await run(join(folder, "node_modules/.bin/drizzle-kit"), [command], {
    cwd: folder,
    environment: environmentOf(where),
  });
  if (!ok || FAULT.test(everything)) {
    throw new Error(`drizzle-kit ${command} beside ${major.name} said:\n${everything}`);
  }
  return everything;
}

/** Runs our command as the app installed it. Throws where it fails. */
export async function ours(
  { folder, major }: App,
  command: "push" | "migrate",
  where: Where,
): Promise<string> {
  const files = where.schema.flatMap((file) => ["--schema", `./src/${file}.ts`]);
  const { ok, everything } = await run(
    join(folder, "node_modules/.bin/postern-schema"),
    [command, ...files],
    { cwd: folder, environment: environmentOf(where) },
  );
  if (!ok) throw new Error(`postern-schema ${command} beside ${major.name} said:\n${everything}`);
  return everything;
}
