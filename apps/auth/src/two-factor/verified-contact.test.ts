import { totpCode } from "@postern/devkit";
import { afterEach, expect, test, vi } from "vitest";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import { ada, enableTotp, givePhone, stopClock } from "./testing/factors.ts";

afterEach(() => vi.useRealTimers());

test("no factor is switched on before the address is verified, by a verified number neither (R-85, A-01)", async () => {
  stopClock();
  await using world = await openWorld();
  const { accessToken: token, user } = await signUp(world);
  await givePhone(world, user.id);
  for (const method of ["totp", "sms", "email"]) {
    for (const [step, body] of [["enroll"], ["confirm", { code: "123456" }]] as const) {
      const answer = await call(world, `POST /2fa/${method}/${step}`, {
        token,
        ...(body && { body }),
      });
      expect(answer).toMatchObject({ status: 403, body: { code: "verified_contact_required" } });
    }
  }
  expect(await world.db.select().from(world.tables.twoFactorAuth)).toEqual([]);

  const ask = { purpose: "verify_email", channel: "email" };
  const { challengeId } = (await call(world, "POST /otp/send", { token, body: ask })).body;
  const code = await readCode(world, challengeId);
  await call(world, "POST /otp/verify", { token, body: { challengeId, code } });
  const { secret } = await enableTotp(world, token);

  // From here on the mailbox alone opens nothing.
  const reset = { purpose: "reset_password", channel: "email", email: ada.email };
  const sent = (await call(world, "POST /otp/send", { body: reset })).body;
  const newPassword = "another long password of mine";
  const done = await call(world, "POST /otp/verify", {
    body: {
      challengeId: sent.challengeId,
      code: await readCode(world, sent.challengeId),
      newPassword,
    },
  });
  expect(done.status).toBe(204);
  const login = await call(world, "POST /login", { body: { ...ada, password: newPassword } });
  expect(login.body).toMatchObject({ twoFactorRequired: true, methods: ["backup_code", "totp"] });
  const passed = await call(world, "POST /2fa/verify", {
    body: { pendingToken: login.body.pendingToken, method: "totp", code: totpCode(secret) },
  });
  expect(passed.status).toBe(200);
  expect(password).not.toBe(newPassword);
});
