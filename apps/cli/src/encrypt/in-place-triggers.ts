import { literal } from "../quote.ts";
import type { Destination } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { triggerNames } from "./trigger-names.ts";

type Parts = {
  readonly table: string;
  readonly plain: string;
  readonly sealed: string;
  /** Assignments that empty what is kept sealed in the new row. */
  readonly toNull: string;
};

type Triggers = Pick<Destination, "functions" | "triggers" | "dropTriggers">;

/**
 * Keeps plain text and sealed value of a row true to each other while either may be written.
 *
 * While both are kept: plain text that changes alone makes the sealed value null, so that it is made
 * anew; a sealed value that changes alone makes the plain text null, for the triggers hold no key. Both
 * at once are kept. Under `enforce` plain text is refused, and a sealed value that changes in any way
 * takes the plain one with it. What we write ourselves says so by postern.resealing.
 */
export function inPlaceTriggers(encryption: Encryption, parts: Parts): Triggers {
  const { from } = encryption;
  const { table, plain, sealed } = parts;
  const { trigger, triggerGiven, watch } = triggerNames(from);
  return {
    functions: (stage) => [
      `create or replace function ${watch}() returns trigger
       language plpgsql set search_path = pg_catalog, pg_temp as $$
       begin ${stage === "dual" ? keepBoth(parts) : refusePlain(encryption, parts)} return new; end $$`,
      `revoke all on function ${watch}() from public`,
    ],
    triggers: [
      `create or replace trigger ${triggerGiven} before insert on ${table}
       for each row when (new.${plain} is not null) execute function ${watch}()`,
      `create or replace trigger ${trigger} before update on ${table} for each row
       when (old.${plain} is distinct from new.${plain} or old.${sealed} is distinct from new.${sealed})
       execute function ${watch}()`,
    ],
    dropTriggers: [`drop function if exists ${watch}() cascade`],
  };
}

const keepBoth = ({ plain, sealed, toNull }: Parts): string => `
  if tg_op = 'INSERT' or current_setting('postern.resealing', true) is not distinct from 'on' then
    return new;
  end if;
  if new.${plain} is distinct from old.${plain} then
    if new.${sealed} is not distinct from old.${sealed} then ${toNull} end if;
  elsif new.${sealed} is not null then
    new.${plain} := null;
  end if;`;

const refusePlain = ({ from, into }: Encryption, { plain, sealed }: Parts): string => `
  if new.${plain} is not null and (tg_op = 'INSERT' or new.${plain} is distinct from old.${plain}) then
    raise exception using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
      column = ${literal(from.column)}, constraint = ${literal(`${from.column}_is_encrypted`)},
      message = ${literal(`Plain text was refused in ${from.table}.${from.column}.`)},
      hint = ${literal(`Seal it and write it to ${into.table}.${into.column}.`)};
  end if;
  if tg_op = 'UPDATE' and current_setting('postern.resealing', true) is distinct from 'on' then
    if new.${sealed} is distinct from old.${sealed} then new.${plain} := null; end if;
  end if;`;
