import { totpCode } from "@postern/devkit";
import { isNotNull } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { call, readCode } from "../testing/client.ts";
import { untilWaiting, whileHeld } from "../testing/hold-session.ts";
import { openWorld, type World } from "../testing/world.ts";
import { ada, openAccount, stopClock } from "../two-factor/testing/factors.ts";

afterEach(() => vi.useRealTimers());

test.for([
  { method: "totp", methods: ["backup_code", "totp"] },
  { method: "email", methods: ["backup_code", "email"] },
])(
  "a sign-in that waits while $method is being confirmed must pass the second step (R-39, A-06)",
  async ({ method, methods }) => {
    stopClock();
    await using world = await openWorld();
    const { accessToken: other } = await openAccount(world);
    const { accessToken: token } = (await login(world)).body;
    const { status, body } = await call(world, `POST /2fa/${method}/enroll`, { token });
    expect({ status, code: body.code }).toEqual({ status: method === "totp" ? 200 : 202 });
    const code = body.secret ? totpCode(body.secret) : await readCode(world, body.challengeId);

    // Confirming a factor ends the other sessions, and so stands still here once the factor is on.
    const held = await whileHeld(world, other, async () => {
      const confirmed = call(world, `POST /2fa/${method}/confirm`, { token, body: { code } });
      await untilWaiting(world, 1);
      const answer = login(world);
      await untilWaiting(world, 2);
      return { confirmed, answer };
    });
    expect((await held.confirmed).status).toBe(200);
    expect((await held.answer).body).toMatchObject({ twoFactorRequired: true, methods });
  },
);

test("a device that asks for trust meanwhile gets none (R-38)", async () => {
  stopClock();
  await using world = await openWorld();
  const { accessToken: other } = await openAccount(world);
  const { accessToken: token } = (await login(world)).body;
  const { body } = await call(world, "POST /2fa/totp/enroll", { token });
  const { devices } = (await call(world, "GET /devices", { token })).body;
  const trust = () =>
    call(world, `PATCH /devices/${devices[0].id}`, { token, body: { trusted: true } });
  const held = await whileHeld(world, other, async () => {
    const code = totpCode(body.secret);
    const confirmed = call(world, "POST /2fa/totp/confirm", { token, body: { code } });
    await untilWaiting(world, 1);
    const answer = trust();
    await Promise.race([untilWaiting(world, 2), answer]);
    return { confirmed, answer };
  });
  expect((await held.confirmed).status).toBe(200);
  expect((await held.answer).body.code).toBe("step_up_required");
  const { userDevices } = world.tables;
  const trusted = await world.db
    .select()
    .from(userDevices)
    .where(isNotNull(userDevices.trustedUntil));
  expect(trusted).toEqual([]);
});

const login = (world: World) => call(world, "POST /login", { body: ada });
