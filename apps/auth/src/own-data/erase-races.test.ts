import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { password, signUp } from "../testing/client.ts";
import { asks, newEmail, openPair, type Racer, race, raceRounds } from "../testing/race.ts";

type Someone = { email: string; token: string; refreshToken: string; deviceToken: string };

/** What an account does besides, each more than once. */
const beside = ({ email, token, refreshToken, deviceToken }: Someone): Racer[] => [
  asks("POST /login", { body: { email, password } }),
  asks("POST /login", { body: { email, password, deviceToken } }),
  asks("POST /login", { body: { email, password: "wrong password of it" } }),
  asks("POST /refresh", { body: { refreshToken } }),
  asks("POST /api-keys", { body: { name: "k", scopes: [] }, token }),
  asks("POST /otp/send", { body: { purpose: "verify_email", channel: "email" }, token }),
  asks("POST /otp/send", { body: { purpose: "sign_in", channel: "email", email } }),
  asks("POST /password/forgot", { body: { email } }),
  asks("POST /email/change", { body: { email: newEmail() }, token }),
  asks("POST /2fa/totp/enroll", { body: {}, token }),
  asks("GET /devices", { token }),
  asks("GET /export", { token }),
  asks("POST /logout-all", { token }),
];

const FIRST = {
  erase: (it: Someone) => asks("DELETE /account", { token: it.token }),
  change: (it: Someone) =>
    asks("POST /password/change", {
      body: { currentPassword: password, newPassword: "another battery horse staple" },
      token: it.token,
    }),
};

const CALM = [1, "repeatable read", "serializable"] as const;

test.for(
  (["erase", "change"] as const).flatMap((first) =>
    CALM.map((isolation) => ({ first, isolation: isolation === 1 ? "read committed" : isolation })),
  ),
)(
  "$first beside everything, under $isolation: no 5xx but 503, and nobody survives (R-90, A-43)",
  {
    timeout: 300_000,
  },
  async ({ first, isolation }) => {
    await using pair = await openPair();
    const [world] = pair.worlds;
    const name = new URL(world.databaseUrl).pathname.slice(1);
    await world.owner.execute(sql`alter database ${sql.identifier(name)}
    set default_transaction_isolation = ${sql.raw(`'${isolation}'`)}`);
    // The connections of the pools are new ones then.
    await world.owner.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = ${name} and pid <> pg_backend_pid()`);
    const seen: number[] = [];
    const rounds = raceRounds(isolation === "read committed" ? 10 : 3);
    for (let round = 0; round < rounds; round += 1) {
      const email = newEmail();
      const signedUp = await signUp(world, email);
      const { accessToken: token, refreshToken, deviceToken, user } = signedUp;
      const someone = { email, token, refreshToken, deviceToken };
      seen.push(...(await race(pair.worlds, FIRST[first](someone), beside(someone))));
      if (first === "erase" && (await exists(world, user.id)) === 0) {
        expect(await rowsOf(world, user.id)).toEqual([]);
      }
    }
    expect(seen.filter((status) => status >= 500 && status !== 503)).toEqual([]);
  },
);

type World = Parameters<typeof signUp>[0];

const exists = (world: World, id: string): Promise<number> =>
  world.owner.$count(world.tables.users, sql`id::text = ${id}`);

/** Every table with a user_id that still names the account. */
async function rowsOf(world: World, id: string): Promise<string[]> {
  const places = await world.owner.execute<{ place: string }>(sql`
    select format('%I.%I', table_schema, table_name) as place from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where column_name = 'user_id' and table_type = 'BASE TABLE'`);
  const found: string[] = [];
  for (const { place } of places) {
    const [row] = await world.owner.execute<{ count: number }>(
      sql`select count(*)::int as count from ${sql.raw(place)} where user_id::text = ${id}`,
    );
    if (row?.count) found.push(place);
  }
  return found;
}
