import { randomUUID } from "node:crypto";
import { totpCode } from "@postern/devkit";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import {
  ada,
  enableTotp,
  eventTypes,
  firstStep,
  forgetFailures,
  notices,
  openAccount,
  stopClock,
  verify,
  withTotp,
} from "./testing/factors.ts";
import { readSvg } from "./testing/read-svg.ts";
import { verifySecondFactor } from "./verify-second-factor.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

test("a secret has 160 bits and stands sealed; the QR code holds the address that names it (R-30)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await openAccount(world);
  const { status, body } = await call(world, "POST /2fa/totp/enroll", { token });
  expect(status).toBe(200);
  expect(body.secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(body.otpauthUri).toContain(
    `?secret=${body.secret}&issuer=Postern&algorithm=SHA1&digits=6`,
  );
  expect(readSvg(body.qrSvg)).toBe(body.otpauthUri);
  expect(body).not.toHaveProperty("notice");
  const [row] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(row).toMatchObject({ method: "totp", confirmedAt: null, backupCodeHashes: null });
  expect(row?.encryptedSecret).toMatch(/^pe1\./);
  expect(JSON.stringify(row)).not.toContain(body.secret);
});

test("a factor is none until a first code confirms it, and a second enrolment replaces the first (R-31)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await openAccount(world);
  const first = await call(world, "POST /2fa/totp/enroll", { token });
  expect((await call(world, "POST /login", { body: ada })).body).toHaveProperty("accessToken");
  const second = await call(world, "POST /2fa/totp/enroll", { token });
  const confirm = (code: string) =>
    call(world, "POST /2fa/totp/confirm", { token, body: { code } });
  expect((await confirm(totpCode(first.body.secret))).body.code).toBe("invalid_code");
  const right = await confirm(totpCode(second.body.secret));
  expect(right.status).toBe(200);
  expect(right.body.backupCodes).toHaveLength(10);
  expect(await firstStep(world)).toMatchObject({ methods: ["backup_code", "totp"] });
  expect((await call(world, "POST /2fa/totp/enroll", { token })).body.code).toBe(
    "step_up_required",
  );
  expect(await eventTypes(world)).toContain("two_factor_enabled");
  expect(await notices(world)).toContain("two_factor_enabled");
});

test("enrolling needs a sign-in of the last 5 minutes, and its confirmation comes within 15 (R-31)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await openAccount(world);
  const signedInAt = Date.now();
  vi.setSystemTime(signedInAt + 330_000);
  const refused = await call(world, "POST /2fa/totp/enroll", { token });
  expect(refused).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  vi.setSystemTime(signedInAt);
  const { body } = await call(world, "POST /2fa/totp/enroll", { token });
  const { twoFactorAuth } = world.tables;
  // The clock that is stopped here may be 15 seconds ahead of PostgreSQL's.
  await world.db.update(twoFactorAuth).set({ createdAt: new Date(Date.now() - 916_000) });
  const code = totpCode(body.secret);
  const late = await call(world, "POST /2fa/totp/confirm", { token, body: { code } });
  expect(late).toMatchObject({ status: 401, body: { code: "invalid_code" } });
});

test("of 50 uses of one code at once one signs in, and neither it nor an older step does again (R-30, A-12)", async () => {
  await using world = await openWorld();
  const { secret, user } = await withTotp(world);
  const pending = [await firstStep(world), await firstStep(world), await firstStep(world)];
  const code = totpCode(secret);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) =>
      verify(world, { pendingToken: pending[at % 3]?.pendingToken, method: "totp", code }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const [step] = await world.db.select().from(world.tables.twoFactorAuth);
  await forgetFailures(world, user.id);
  const again = (given: string) =>
    firstStep(world).then(({ pendingToken }) =>
      verify(world, { pendingToken, method: "totp", code: given }),
    );
  expect(await again(code)).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect(await again(totpCode(secret, -1))).toMatchObject({ status: 401 });
  expect(await again(totpCode(secret, 1))).toMatchObject({ status: 200 });
  expect(await again(code)).toMatchObject({ status: 401 });
  expect(await again(totpCode(secret, 2))).toMatchObject({ status: 401 });
  const [after] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(after?.lastUsedStep).toBe((step?.lastUsedStep ?? 0) + 1);
});

test("without the lane in front, 50 at once still give one right code (R-30, A-12)", async () => {
  await using world = await openWorld();
  const { secret, user } = await withTotp(world);
  const presented = {
    userId: user.id,
    sessionId: randomUUID(),
    firstStep: "pwd",
    method: "totp",
    code: totpCode(secret),
    origin: { ipAddress: "192.0.2.7", network: "192.0.2.7", userAgent: null, acceptLanguage: null },
  } as const;
  const right = await Promise.all(
    Array.from({ length: 50 }, () => verifySecondFactor(world, presented)),
  );
  expect(right.filter(Boolean)).toHaveLength(1);
});

test("the code that confirmed the app signs in no more (R-30)", async () => {
  await using world = await openWorld();
  const { accessToken } = await openAccount(world);
  const { body } = await call(world, "POST /2fa/totp/enroll", { token: accessToken });
  const code = totpCode(body.secret);
  await call(world, "POST /2fa/totp/confirm", { token: accessToken, body: { code } });
  const { pendingToken } = await firstStep(world);
  expect(await verify(world, { pendingToken, method: "totp", code })).toMatchObject({
    status: 401,
  });
});

test("the server's clock counts and not the client's: a code of two steps on or back is wrong (R-30)", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  for (const steps of [-2, 2]) {
    const { pendingToken } = await firstStep(world);
    const code = totpCode(secret, steps);
    const answer = await verify(world, { pendingToken, method: "totp", code });
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  }
});

test("enabling a factor ends the other sessions and keeps this one (ASVS 7.4.3)", async () => {
  await using world = await openWorld();
  const mine = await openAccount(world);
  const other = (await call(world, "POST /login", { body: ada })).body;
  await enableTotp(world, mine.accessToken);
  expect((await call(world, "GET /me", { token: mine.accessToken })).status).toBe(200);
  expect((await call(world, "GET /me", { token: other.accessToken })).status).toBe(401);
  const { refreshTokens } = world.tables;
  const ended = await world.db
    .select({ reason: refreshTokens.revokedReason })
    .from(refreshTokens)
    .where(eq(refreshTokens.revokedReason, "factor_changed"));
  expect(ended).toHaveLength(1);
});
