import { randomUUID } from "node:crypto";
import { call, signUp } from "@postern/auth/testing/client";
import { personalData } from "@postern/schema/personal-data";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";
import { retention } from "./retention.ts";

test("every log is kept for as long as the register says (R-76, D14)", () => {
  const told = Object.entries(personalData).flatMap(([table, { kept }]) => {
    const days = kept === "a year" ? 365 : Number(/^(\d+) days/.exec(kept)?.[1] ?? Number.NaN);
    return Number.isNaN(days) || table === "attempt_lanes" ? [] : [[table, days]];
  });
  expect(Object.fromEntries(told)).toEqual(retention);
  expect(personalData.attempt_lanes!.kept).toBe("30 days after the last attempt");
});

type World = Awaited<ReturnType<typeof openDeployment>>;

/** Rows around the limit of each log; of the events more than a batch. */
async function fillOldRows({ auth }: World) {
  const { owner } = auth;
  const days = (count: number) => sql`now() - make_interval(days => ${count})`;
  for (const [count, age] of [
    [2_500, 401],
    [7, 399],
  ] as const) {
    await owner.execute(sql`insert into postern.security_events (event_type, created_at)
      select 'otp_sent', ${days(age)} from generate_series(1, ${count}::int)`);
  }
  for (const age of [91, 89]) {
    await owner.execute(sql`insert into postern.login_attempts
      (identifier_hint, identifier_index, attempt_result, created_at)
      values ('a***', repeat('A', 22), 'success', ${days(age)})`);
    await owner.execute(sql`insert into postern.session_audits (session_id, action, created_at)
      values (gen_random_uuid(), 'started', ${days(age)})`);
  }
  for (const age of [31, 29]) {
    await owner.execute(sql`insert into postern.attempt_lanes (lane_digest, window_started_at)
      values (${randomUUID().replaceAll("-", "").padEnd(43, "A")}, ${days(age)})`);
  }
  await owner.execute(sql`insert into postern.revocations (session_id, revoked_at)
    values (gen_random_uuid(), ${days(2)}), (gen_random_uuid(), now())`);
}

const counts = async ({ auth }: World) => {
  const [row] = await auth.owner.execute<Record<string, number>>(sql`
    select (select count(*)::int from postern.security_events where event_type = 'otp_sent') as events,
      (select count(*)::int from postern.login_attempts) as attempts,
      (select count(*)::int from postern.session_audits where user_id is null) as audits,
      (select count(*)::int from postern.attempt_lanes) as lanes,
      (select count(*)::int from postern.revocations) as revocations`);
  return row;
};

test("what is over its time goes, all else stays; a dry run only counts (R-76)", async () => {
  await using world = await openDeployment();
  await fillOldRows(world);
  const before = await counts(world);
  const dry = await world.run("cleanup", "run", "--dry-run");
  expect(dry.code).toBe(0);
  expect(dry.out).toContain("security_events of over 400 days: 2500 to be removed");
  expect(await counts(world)).toEqual(before);

  const { code, out } = await world.run("cleanup");
  expect(code).toBe(0);
  expect(out).toContain("security_events of over 400 days: 2500 removed");
  expect(await counts(world)).toEqual({
    events: 7,
    attempts: 1,
    audits: 1,
    lanes: 1,
    revocations: 1,
  });
  expect((await world.run("cleanup")).out).not.toMatch(/: [1-9]\d* (removed|put right)/);
});

test("a lane that is locked for longer is not forgotten", async () => {
  await using world = await openDeployment();
  await world.auth.owner.execute(sql`insert into postern.attempt_lanes
    (lane_digest, window_started_at, locked_until)
    values (repeat('A', 43), now() - interval '40 days', now() + interval '1 hour')`);
  await world.run("cleanup");
  expect((await counts(world))!.lanes).toBe(1);
});

test("tokens go 30 days after the absolute end, and session counts are put right", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const ada = await signUp(auth);
  const eve = await signUp(auth, "eve@example.com");
  await auth.owner.execute(sql`update postern.refresh_tokens
    set expires_at = now() - interval '31 days', absolute_expires_at = now() - interval '31 days',
      created_at = now() - interval '61 days'
    where user_id = ${eve.user.id}`);
  await auth.owner.execute(sql`update postern.users set session_count = 5`);
  const { out } = await world.run("cleanup");
  expect(out).toContain("refresh_tokens of over 30 days: 1 removed");
  expect(out).toContain("session_count: 2 put right");
  const rows = await auth.owner.execute<{ email: string; session_count: number }>(
    sql`select email, session_count from postern.users order by email`,
  );
  expect(rows.map(({ session_count }) => session_count)).toEqual([1, 0]);
  expect((await call(auth, "GET /me", { token: ada.accessToken })).status).toBe(200);
});

test("no revocation goes while an access token may still be good: none of the last day (R-37)", async () => {
  await using world = await openDeployment();
  const { owner } = world.auth;
  await owner.execute(sql`insert into postern.revocations (session_id, revoked_at)
    select gen_random_uuid(), now() - make_interval(secs => seconds)
    from unnest(array[61, 901, 3601, 82800, 172800, 200000]) as seconds`);
  expect((await world.run("cleanup")).code).toBe(0);
  const left = await owner.execute<{ hours: number }>(sql`
    select round(extract(epoch from now() - revoked_at) / 3600)::int as hours
    from postern.revocations order by revoked_at desc`);
  expect(left.map(({ hours }) => hours)).toEqual([0, 0, 1, 23]);
});
