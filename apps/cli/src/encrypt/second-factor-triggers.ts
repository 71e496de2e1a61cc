import { IS_OURS } from "../mark-as-ours.ts";
import type { Watching } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { plainTextRefusal } from "./plain-text-refusal.ts";
import { triggerNames } from "./trigger-names.ts";

type Parts = {
  readonly users: string;
  readonly factors: string;
  readonly id: string;
  readonly plain: string;
  readonly sealed: string;
};

/**
 * Keeps the plain secret of a user and the sealed one of two_factor_auth true to each other.
 *
 * While plain text is kept: a plain secret that changes takes the factor away, so that it is made
 * anew; a confirmed factor that is written or removed takes the plain secret away. Who writes both
 * sets postern.resealing to 'on' in its transaction. Later plain text is refused. They run with their
 * owner's rights: who writes one table need not see the other.
 */
export function secondFactorTriggers(encryption: Encryption, parts: Parts): Watching {
  const { users, factors, plain, sealed } = parts;
  const { trigger, triggerGiven, watch, watchTarget } = triggerNames(encryption.from);
  const made = (name: string, body: string) => [
    `create or replace function ${name}() returns trigger language plpgsql
     security definer set search_path = pg_catalog, pg_temp as $$ ${body} $$`,
    `revoke all on function ${name}() from public`,
  ];
  return {
    functions: (plainText) => [
      ...made(watch, plainText === "kept" ? dropFactor(parts) : refusePlain(encryption, parts)),
      ...made(watchTarget, dropPlain(parts)),
    ],
    triggers: [
      `create or replace trigger ${triggerGiven} before insert on ${users}
       for each row when (new.${plain} is not null) execute function ${watch}()`,
      `create or replace trigger ${trigger} before update on ${users} for each row
       when (old.${plain} is distinct from new.${plain}) execute function ${watch}()`,
      `create or replace trigger ${trigger}
       after insert or delete or update of ${sealed}, confirmed_at on ${factors}
       for each row execute function ${watchTarget}()`,
    ],
  };
}

/** What one trigger does must not set off the other. */
const quietly = (statement: string): string => `
  perform set_config('postern.resealing', 'on', true);
  ${statement}
  perform set_config('postern.resealing', '', true);`;

const dropFactor = ({ factors, id }: Parts): string => `
  begin
    if tg_op = 'UPDATE' and not (${IS_OURS}) then
      ${quietly(`delete from ${factors} f where f.user_id = new.${id} and f.method = 'totp';`)}
    end if;
    return new;
  end`;

const refusePlain = (encryption: Encryption, { plain }: Parts): string => `
  begin
    if new.${plain} is not null then ${plainTextRefusal(encryption)} end if;
    return new;
  end`;

const dropPlain = ({ users, id, plain }: Parts): string => `
  declare
    factor record := case tg_op when 'DELETE' then old else new end;
  begin
    if factor.method = 'totp' and factor.confirmed_at is not null and not (${IS_OURS}) then
      ${quietly(`update ${users} set ${plain} = null where ${id} = factor.user_id and ${plain} is not null;`)}
    end if;
    return null;
  end`;
