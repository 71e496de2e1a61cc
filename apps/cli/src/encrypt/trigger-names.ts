import { createHash } from "node:crypto";
import type { PlainColumn } from "@postern/schema/encryption";
import { quoted } from "../quote.ts";

/** A name of PostgreSQL's has 63 bytes. */
const NAME_CHARACTERS_MAX = 40;

/** What the triggers of a column are called, and the functions that they call. Migration 027 drops these. */
export function triggerNames({ schema, table, column }: PlainColumn) {
  const digest = createHash("md5").update(`${schema}.${table}.${column}`).digest("hex");
  const trigger = `postern_encrypt_${column.slice(0, NAME_CHARACTERS_MAX)}`;
  return {
    trigger: quoted(trigger),
    triggerGiven: quoted(`${trigger}_given`),
    watch: `postern_internal.encrypt_${digest}`,
    watchTarget: `postern_internal.encrypt_into_${digest}`,
  };
}

/** Nobody watches the column any more: the functions go, and the triggers with them. */
export function triggerDrops(column: PlainColumn): string[] {
  const { watch, watchTarget } = triggerNames(column);
  return [watch, watchTarget].map((name) => `drop function if exists ${name}() cascade`);
}
