import { IS_OURS } from "../mark-as-ours.ts";
import type { Watching } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { plainTextRefusal } from "./plain-text-refusal.ts";
import { triggerNames } from "./trigger-names.ts";

type Parts = {
  readonly table: string;
  readonly plain: string;
  readonly sealed: string;
  /** The columns that hold something of a sealed value. */
  readonly kept: readonly string[];
};

/**
 * Keeps plain text and sealed value of a row true to each other while either may be written.
 *
 * While plain text is kept: where it changes alone, the sealed value becomes null and is made anew;
 * where a sealed value changes alone, the plain text becomes null, for triggers hold no key. Both at
 * once are kept as they are. Once plain text is refused, a sealed value that changes takes it away in
 * any case. What we write ourselves says so by postern.resealing.
 */
export function inPlaceTriggers(encryption: Encryption, parts: Parts): Watching {
  const { table, plain, sealed } = parts;
  const { trigger, triggerGiven, watch } = triggerNames(encryption.from);
  return {
    functions: (plainText) => [
      `create or replace function ${watch}() returns trigger
       language plpgsql set search_path = pg_catalog, pg_temp as $$
       begin ${plainText === "kept" ? keepBoth(parts) : refusePlain(encryption, parts)} return new; end $$`,
      `revoke all on function ${watch}() from public`,
    ],
    triggers: [
      `create or replace trigger ${triggerGiven} before insert on ${table}
       for each row when (new.${plain} is not null) execute function ${watch}()`,
      `create or replace trigger ${trigger} before update on ${table} for each row
       when (old.${plain} is distinct from new.${plain}
         or (old.${sealed} is distinct from new.${sealed} and not (${IS_OURS})))
       execute function ${watch}()`,
    ],
  };
}

const keepBoth = ({ plain, sealed, kept }: Parts): string => `
  if tg_op = 'INSERT' or ${IS_OURS} then return new; end if;
  if new.${plain} is distinct from old.${plain} then
    if new.${sealed} is not distinct from old.${sealed} then
      ${kept.map((column) => `new.${column} := null;`).join(" ")}
    end if;
  elsif new.${sealed} is not null then
    new.${plain} := null;
  end if;`;

const refusePlain = (encryption: Encryption, { plain, sealed }: Parts): string => `
  if new.${plain} is not null and (tg_op = 'INSERT' or new.${plain} is distinct from old.${plain}) then
    ${plainTextRefusal(encryption)}
  end if;
  if tg_op = 'UPDATE' and not (${IS_OURS}) and new.${sealed} is distinct from old.${sealed} then
    new.${plain} := null;
  end if;`;
