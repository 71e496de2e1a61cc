import { createHash } from "node:crypto";

/** Sixteen hex digits that stand for a text in a file name. */
export const digestOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);
