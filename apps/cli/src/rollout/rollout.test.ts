import { signUp } from "@postern/auth/testing/client";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";

const FEATURE_SECURITY_TRACKING_PERCENT = "50";

test("the accounts that are counted are those whose devices the service describes", async () => {
  await using world = await openDeployment({ FEATURE_SECURITY_TRACKING_PERCENT });
  const { auth } = world;
  for (let turn = 0; turn < 16; turn += 1) {
    await signUp(auth, `user${turn}@example.com`);
  }
  const [row] = await auth.owner.execute<{ described: number }>(
    sql`select count(fingerprint)::int as described from postern.user_devices`,
  );
  const status = JSON.parse((await world.run("rollout", "status", "--json")).out);
  expect(status).toEqual({ percent: 50, accounts: row!.described, total: 16 });
  expect((await world.run("rollout")).out).toContain(`${row!.described} of 16 accounts`);
});

test("simulating counts without changing anything, and more percent take nobody out", async () => {
  await using world = await openDeployment({ FEATURE_SECURITY_TRACKING_PERCENT });
  await world.auth.owner.execute(sql`insert into postern.users (email)
    select 'user' || n || '@example.com' from generate_series(1, 500) as n`);
  const counts: number[] = [];
  for (const percent of ["0", "25", "50", "75", "100"]) {
    const { code, out } = await world.run("rollout", "simulate", "--percent", percent, "--json");
    expect(code).toBe(0);
    counts.push(JSON.parse(out).accounts);
  }
  expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  expect([counts[0], counts[4]]).toEqual([0, 500]);
  expect(counts[2]).toBeGreaterThan(190);
  expect(counts[2]).toBeLessThan(310);
  for (const percent of ["101", "-1", "1.5", "half"]) {
    expect((await world.run("rollout", "simulate", `--percent=${percent}`)).code).toBe(1);
  }
  world.environment.FINGERPRINT_MISMATCH = "revoke";
  expect((await world.run("rollout")).out).toContain("500 of 500");
});
