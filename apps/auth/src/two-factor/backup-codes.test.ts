import { totpCode } from "@postern/devkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { findFactors } from "./find-factors.ts";
import {
  eventTypes,
  firstStep,
  forgetFailures,
  notices,
  stopClock,
  verify,
  withTotp,
} from "./testing/factors.ts";
import { useSecondFactor } from "./use-second-factor.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const origin = {
  ipAddress: "192.0.2.7",
  network: "192.0.2.7",
  userAgent: null,
  acceptLanguage: null,
};

test("ten codes of 64 bits are shown once and stored as keyed digests (R-32)", async () => {
  await using world = await openWorld();
  const { backupCodes, accessToken: token } = await withTotp(world);
  expect(new Set(backupCodes).size).toBe(10);
  for (const code of backupCodes) {
    expect(code).toMatch(/^([0-9a-f]{4}-){3}[0-9a-f]{4}$/);
  }
  const [row] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(row?.backupCodeHashes).toHaveLength(10);
  for (const digest of row?.backupCodeHashes ?? []) {
    expect(digest).toMatch(/^[\w-]{43}$/);
  }
  const status = await call(world, "GET /2fa", { token });
  expect(status.body).toMatchObject({
    enabled: true,
    backupCodesLeft: 10,
    needsBackupCodes: false,
  });
  expect(JSON.stringify([row, status.body])).not.toMatch(new RegExp(backupCodes.join("|")));
});

test("a backup code signs in once, as typed with blanks or in capitals, and the owner is told (R-32, A-13)", async () => {
  await using world = await openWorld();
  const { backupCodes, user } = await withTotp(world);
  const code = backupCodes[0]?.toUpperCase().replaceAll("-", " ") ?? "";
  const use = async () =>
    verify(world, {
      pendingToken: (await firstStep(world)).pendingToken,
      method: "backup_code",
      code,
    });
  const first = await use();
  expect(first.status).toBe(200);
  expect(await use()).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect(await eventTypes(world)).toContain("backup_code_used");
  expect(await notices(world)).toContain("backup_code_used");
  await forgetFailures(world, user.id);
  expect(await call(world, "GET /2fa", { token: first.body.accessToken })).toMatchObject({
    body: { backupCodesLeft: 9 },
  });
});

test("of 50 uses of one backup code at once one counts (R-32, A-13)", async () => {
  await using world = await openWorld();
  const { backupCodes, user } = await withTotp(world);
  const account = await findFactors(world, { userId: user.id, firstStep: "pwd" });
  const presented = {
    account: account!,
    method: "backup_code",
    code: backupCodes[0]!,
    binding: { sessionId: "none", userId: user.id, isPending: false },
    origin,
  } as const;
  const used = await Promise.all(
    Array.from({ length: 50 }, () => useSecondFactor(world, presented, async () => true)),
  );
  expect(used.filter(Boolean)).toHaveLength(1);
  const [row] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(row?.backupCodeHashes).toHaveLength(9);
  const { pendingToken } = await firstStep(world);
  const body = { pendingToken, method: "backup_code", code: backupCodes[1] };
  const over = await Promise.all(Array.from({ length: 50 }, () => verify(world, body)));
  expect(over.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(over.filter(({ status }) => status >= 500)).toEqual([]);
});

test("a session that cannot start gives the code back: both or neither (D1)", async () => {
  await using world = await openWorld();
  const { backupCodes } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const present = (code: string | undefined) =>
    verify(world, { pendingToken, method: "backup_code", code });
  expect((await present(backupCodes[0])).status).toBe(200);
  expect(await present(backupCodes[1])).toMatchObject({ body: { code: "invalid_token" } });
  const [row] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(row?.backupCodeHashes).toHaveLength(9);
});

test("at two left the owner is warned, the event is of high severity and the status says so (R-32)", async () => {
  await using world = await openWorld();
  const { backupCodes, accessToken: token, user } = await withTotp(world);
  const { twoFactorAuth } = world.tables;
  const [row] = await world.db.select().from(twoFactorAuth);
  await world.db
    .update(twoFactorAuth)
    .set({ backupCodeHashes: row!.backupCodeHashes!.slice(0, 4) });
  for (const code of backupCodes.slice(0, 2)) {
    const { pendingToken } = await firstStep(world);
    expect((await verify(world, { pendingToken, method: "backup_code", code })).status).toBe(200);
    await forgetFailures(world, user.id);
  }
  const events = await readEvents(world, "backup_code_used");
  expect(events).toEqual([
    { severity: "medium", metadata: { left: 3 } },
    { severity: "high", metadata: { left: 2 } },
  ]);
  expect(await notices(world)).toEqual(
    expect.arrayContaining(["backup_code_used", "backup_codes_low"]),
  );
  expect((await call(world, "GET /2fa", { token })).body).toMatchObject({ needsBackupCodes: true });
});

test("new backup codes need a factor and end the old ones (R-31, R-32)", async () => {
  await using world = await openWorld();
  const { secret, backupCodes, accessToken } = await withTotp(world);
  const { body } = await call(world, "POST /step-up", {
    token: accessToken,
    body: { method: "backup_code", code: backupCodes[1] },
  });
  const ask = (code: string, token: string = body.accessToken) =>
    call(world, "POST /2fa/backup-codes", { token, body: { method: "totp", code } });
  expect((await ask("000000")).body.code).toBe("invalid_code");
  const fresh = await ask(totpCode(secret));
  expect(fresh.body.backupCodes).toHaveLength(10);
  expect(await notices(world)).toContain("backup_codes_replaced");
  expect(await eventTypes(world)).toContain("backup_codes_replaced");
  const { pendingToken } = await firstStep(world);
  const use = (code: string) => verify(world, { pendingToken, method: "backup_code", code });
  expect((await use(backupCodes[0]!)).status).toBe(401);
  expect((await use(fresh.body.backupCodes[0])).status).toBe(200);
});

async function readEvents({ db, tables: { securityEvents: log } }: World, type: string) {
  const rows = await db.select().from(log).orderBy(log.id);
  return rows
    .filter(({ eventType }) => eventType === type)
    .map(({ severity, metadata }) => ({ severity, metadata }));
}
