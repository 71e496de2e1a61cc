import { quoted } from "../quote.ts";
import { withShortLocks } from "./with-short-locks.ts";
import type { Work } from "./work.ts";

const SEALED_FORM = "'^pe1[.][A-Za-z0-9_-]{46,}$'";
const INDEX_CHARACTERS = 22;
const HINT_CHARACTERS = 260;

/** Makes the columns that were missing when this encryption was begun, with their CHECK and index. */
export async function expand({ sql, encryption }: Work): Promise<void> {
  const { into, indexColumn, hintColumn, made } = encryption;
  const table = quoted(into.schema, into.table);
  const typeOf = (name: string) => {
    if (name === indexColumn) return `varchar(${INDEX_CHARACTERS})`;
    return name === hintColumn ? `varchar(${HINT_CHARACTERS})` : "text";
  };
  if (made.length === 0) return;
  await withShortLocks(sql, async (tx) => {
    const columns = made.map((name) => `add column if not exists ${quoted(name)} ${typeOf(name)}`);
    const rule = quoted(`${into.table}_${into.column}_is_sealed`);
    const rules = made.includes(into.column)
      ? [
          `drop constraint if exists ${rule}`,
          `add constraint ${rule} check (${quoted(into.column)} ~ ${SEALED_FORM}) not valid`,
        ]
      : [];
    await tx.unsafe(`alter table ${table} ${[...columns, ...rules].join(", ")}`);
  });
  if (indexColumn !== null && made.includes(indexColumn)) {
    const name = `${into.table}_by_${indexColumn}`;
    // One that was interrupted is there and not valid, and would count as made.
    await sql.unsafe(`drop index concurrently if exists ${quoted(into.schema, name)}`);
    await sql.unsafe(
      `create index concurrently ${quoted(name)} on ${table} (${quoted(indexColumn)})`,
    );
  }
}
