import { open, seal } from "@postern/crypto";
import type { Sealed } from "@postern/schema";
import type { World } from "./open-world.ts";
import { keysOf } from "./phones.ts";

/** The options under which the tests move TOTP secrets to two_factor_auth. */
export const SECRETS = [
  ...["--table", "public.people", "--column", "totp_secret"],
  ...["--into", "auth.two_factor_auth.encrypted_secret"],
];

export const secretOf = (n: number): string => `JBSWY3DPEHPK${String(n).padStart(4, "2")}`;

export const fillSecrets = ({ sql }: Pick<World, "sql">, count: number) =>
  sql`insert into people (totp_secret)
    select 'JBSWY3DPEHPK' || lpad(n::text, 4, '2') from generate_series(1, ${count}::int) n`;

type Factor = { id: string; user_id: number; encrypted_secret: Sealed };

/** The secret of everyone who has a confirmed second factor, by id. */
export async function openSecrets({ sql, environment }: World): Promise<Map<number, string>> {
  const { ring } = keysOf(environment);
  const rows = await sql<Factor[]>`
    select id, user_id, encrypted_secret from auth.two_factor_auth
    where method = 'totp' and confirmed_at is not null order by user_id`;
  return new Map(
    rows.map(({ id, user_id, encrypted_secret }) => {
      const place = { table: "two_factor_auth", column: "encrypted_secret", rowId: id };
      return [user_id, open(ring, encrypted_secret, place)];
    }),
  );
}

/** As a service of Postern's does when a user confirms a new secret. */
export async function enrol({ sql, environment }: World, person: number, secret: string) {
  const id = crypto.randomUUID();
  const place = { table: "two_factor_auth", column: "encrypted_secret", rowId: id } as const;
  const sealed = seal(keysOf(environment).ring, secret, place);
  await sql`
    insert into auth.two_factor_auth (id, user_id, method, encrypted_secret)
    values (${id}, ${person}, 'totp', ${sealed})
    on conflict (user_id, method) do update
      set id = excluded.id, encrypted_secret = excluded.encrypted_secret, confirmed_at = null`;
  return {
    confirm: () => sql`update auth.two_factor_auth set confirmed_at = now() where id = ${id}`,
  };
}
