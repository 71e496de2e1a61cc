import { totpCode } from "@postern/devkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import { eventTypes, stopClock } from "./testing/factors.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

test("200 wrong codes at the confirmation of an authenticator app get five comparisons and lock it alone (R-22)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  await world.owner.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  const enrolled = await call(world, "POST /2fa/totp/enroll", { token });
  expect(enrolled.status).toBe(200);
  const confirm = (code: string) =>
    call(world, "POST /2fa/totp/confirm", { token, body: { code } });
  const answers = await Promise.all(Array.from({ length: 200 }, () => confirm("000000")));
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
  expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
  const locked = await confirm(totpCode(enrolled.body.secret));
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });
  const events = await eventTypes(world);
  expect(events.filter((type) => type === "two_factor_failed").length).toBe(5);
  expect(events).toContain("account_locked");
  // What signs in is another lane.
  const password = "correct horse battery staple";
  const body = { email: "ada@example.com", password };
  expect((await call(world, "POST /login", { body })).status).toBe(200);
});
