import { call, password, signUp } from "@postern/auth/testing/client";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";

/** A past with sign-ins, refreshes, sign-outs, a step-up and a lock, ten minutes ago. */
async function openWithPast() {
  const world = await openDeployment();
  const { auth } = world;
  const { accessToken: token, refreshToken } = await signUp(auth);
  await call(auth, "POST /refresh", { body: { refreshToken } });
  await call(auth, "POST /step-up", { token, body: { password } });
  const { body } = await call(auth, "POST /login", {
    body: { email: "ada@example.com", password },
  });
  await call(auth, "POST /logout", { token: body.accessToken });
  await signUp(auth, "eve@example.com");
  for (let guess = 0; guess < 5; guess += 1) {
    await call(auth, "POST /login", { body: { email: "eve@example.com", password: "wrong" } });
  }
  await auth.owner.execute(sql`update postern.refresh_tokens set
    created_at = created_at - interval '10 minutes', revoked_at = revoked_at - interval '10 minutes'`);
  return world;
}

test("what the services wrote has no gap (R-74, D1)", async () => {
  await using world = await openWithPast();
  const { code, out } = await world.run("audit", "verify");
  expect({ code, out }).toMatchObject({ code: 0 });
  expect(out.split("\n")).toHaveLength(5);
  expect(out).toMatch(/ok {4}live sessions have their first audit \(2\)/);
  expect(out).toMatch(/ok {4}ended sessions have the audit of their end \(2\)/);
  expect(out).toMatch(/ok {4}locked accounts have the event of their lock \(1\)/);
});

const started = sql`delete from postern.session_audits where action in ('started', 'stepped_up')`;
const ended = sql`delete from postern.session_audits where action = 'ended'`;

test.for([
  { name: "a session that nobody started", by: started, line: "live sessions" },
  { name: "an end that nobody noted", by: ended, line: "ended sessions" },
  {
    name: "a lost revocation",
    by: sql`delete from postern.revocations`,
    line: "sessions that ended today",
  },
  {
    name: "a lock without its event",
    by: sql`delete from postern.security_events where event_type = 'account_locked'`,
    line: "locked accounts",
  },
  {
    name: "an account disabled by hand",
    by: sql`update postern.users set disabled_at = now() - interval '1 minute'`,
    line: "disabled accounts",
  },
])("$name is found, with exit code 1", async ({ by, line }) => {
  await using world = await openWithPast();
  await world.auth.owner.transaction(async (tx) => {
    await tx.execute(sql`set local postern.append_only = 'off'`);
    await tx.execute(by);
  });
  const { code, out } = await world.run("audit", "verify");
  expect(code).toBe(1);
  const failed = out.split("\n").filter((text) => text.startsWith("FAIL"));
  expect(failed).toHaveLength(1);
  expect(failed[0]).toContain(line);
});
