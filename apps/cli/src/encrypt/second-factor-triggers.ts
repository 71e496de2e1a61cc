import { literal } from "../quote.ts";
import type { Destination } from "./destination.ts";
import type { Encryption } from "./encryption.ts";
import { triggerNames } from "./trigger-names.ts";

type Parts = {
  readonly users: string;
  readonly factors: string;
  readonly id: string;
  readonly plain: string;
  readonly sealed: string;
};

type Triggers = Pick<Destination, "functions" | "triggers" | "dropTriggers">;

/**
 * Keeps the plain secret of a user and the sealed one of two_factor_auth true to each other.
 *
 * While both are kept: a plain secret that changes takes the factor away, so that it is made anew;
 * unless the factor was written earlier in the same transaction, for then somebody writes both, the
 * factor first. A factor that is written or removed takes the plain secret away. Under `enforce` plain
 * text is refused. They run with their owner's rights: who writes one table need not see the other.
 */
export function secondFactorTriggers(encryption: Encryption, parts: Parts): Triggers {
  const { users, factors, plain, sealed } = parts;
  const { trigger, triggerGiven, watch, watchTarget } = triggerNames(encryption.from);
  const made = (name: string, body: string) => [
    `create or replace function ${name}() returns trigger language plpgsql
     security definer set search_path = pg_catalog, pg_temp as $$ ${body} $$`,
    `revoke all on function ${name}() from public`,
  ];
  return {
    functions: (stage) => [
      ...made(watch, stage === "dual" ? dropFactor(parts) : refusePlain(encryption, parts)),
      ...made(watchTarget, dropPlain(parts)),
    ],
    triggers: [
      `create or replace trigger ${triggerGiven} before insert on ${users}
       for each row when (new.${plain} is not null) execute function ${watch}()`,
      `create or replace trigger ${trigger} before update on ${users} for each row
       when (old.${plain} is distinct from new.${plain}) execute function ${watch}()`,
      `create or replace trigger ${trigger} after insert or delete or update of ${sealed} on ${factors}
       for each row execute function ${watchTarget}()`,
    ],
    dropTriggers: [
      `drop function if exists ${watch}() cascade`,
      `drop function if exists ${watchTarget}() cascade`,
    ],
  };
}

/** A row is visible while the transaction that wrote it is under way only to that transaction itself. */
const WRITTEN_HERE = `pg_xact_status(((((pg_current_xact_id()::text::bigint >> 32) << 32)
  + f.xmin::text::bigint) - case when f.xmin::text::bigint > (pg_current_xact_id()::text::bigint
    & 4294967295) then 4294967296 else 0 end)::text::xid8) is not distinct from 'in progress'`;

const quietly = (statement: string): string => `
  perform set_config('postern.resealing', 'on', true);
  ${statement}
  perform set_config('postern.resealing', '', true);`;

const dropFactor = ({ factors, id }: Parts): string => `
  begin
    if tg_op = 'INSERT' or current_setting('postern.resealing', true) is not distinct from 'on' then
      return new;
    end if;
    ${quietly(`delete from ${factors} f where f.user_id = new.${id} and f.method = 'totp'
      and not ${WRITTEN_HERE};`)}
    return new;
  end`;

const refusePlain = ({ from, into }: Encryption, { plain }: Parts): string => `
  begin
    if new.${plain} is not null then
      raise exception using errcode = 'check_violation', schema = tg_table_schema, table = tg_table_name,
        column = ${literal(from.column)}, constraint = ${literal(`${from.column}_is_encrypted`)},
        message = ${literal(`Plain text was refused in ${from.table}.${from.column}.`)},
        hint = ${literal(`Seal it and write it to ${into.table}.${into.column}.`)};
    end if;
    return new;
  end`;

const dropPlain = ({ users, id, plain }: Parts): string => `
  declare
    factor record := case tg_op when 'DELETE' then old else new end;
  begin
    if factor.method = 'totp' and current_setting('postern.resealing', true) is distinct from 'on' then
      ${quietly(`update ${users} set ${plain} = null where ${id} = factor.user_id and ${plain} is not null;`)}
    end if;
    return null;
  end`;
