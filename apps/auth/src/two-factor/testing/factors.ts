import { forgetAttempts } from "@postern/counters";
import { totpCode } from "@postern/devkit";
import { eq } from "drizzle-orm";
import { vi } from "vitest";
import { ownLane } from "../../attempts/lanes.ts";
import { sealPhone } from "../../contacts/phone-at-rest.ts";
import { call, password, readCode, signUp } from "../../testing/client.ts";
import type { World } from "../../testing/world.ts";

export const ada = { email: "ada@example.com", password };
export const PHONE = "+254712345678";

/** Stops the clock in the middle of a step, so that no test runs over its edge. */
export function stopClock(): void {
  const step = Math.floor(Date.now() / 30_000);
  vi.useFakeTimers({ toFake: ["Date"], now: step * 30_000 + 15_000 });
}

/** Ada's account as she has it: open, with a verified address. */
export async function openAccount(world: World, email = ada.email) {
  const session = await signUp(world, email);
  const { users } = world.tables;
  await world.db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.email, email));
  return session;
}

/** Her app is connected one step ago, so that the present code is still good. */
export async function withTotp(world: World, email = ada.email) {
  const session = await openAccount(world, email);
  const factor = await enableTotp(world, session.accessToken);
  return { ...session, ...factor };
}

export async function enableTotp(world: World, token: string) {
  const enrolment = await call(world, "POST /2fa/totp/enroll", { token });
  const secret: string = enrolment.body.secret;
  const body = { code: totpCode(secret, -1) };
  const confirmed = await call(world, "POST /2fa/totp/confirm", { token, body });
  if (confirmed.status !== 200) {
    throw new Error(`confirm answered ${confirmed.status} ${JSON.stringify(confirmed.body)}`);
  }
  return { secret, backupCodes: confirmed.body.backupCodes as string[] };
}

/** The first step by password: what a client holds between the two. */
export async function firstStep(world: World, email = ada.email) {
  const { status, body } = await call(world, "POST /login", { body: { ...ada, email } });
  if (status !== 200 || !body.twoFactorRequired) {
    throw new Error(`the first step answered ${status} ${JSON.stringify(body)}`);
  }
  return body as { pendingToken: string; methods: string[] };
}

export async function verify(world: World, body: Record<string, unknown>) {
  return call(world, "POST /2fa/verify", { body });
}

/** Gives the account a verified number, as the verification of one would. */
export async function givePhone(world: World, userId: string): Promise<void> {
  const { users } = world.tables;
  const { sealedPhone, phoneIndex, phoneHint } = sealPhone(world, userId, PHONE);
  await world.owner
    .update(users)
    .set({
      encryptedPhoneNumber: sealedPhone as never,
      phoneNumberIndex: phoneIndex,
      phoneNumberHint: phoneHint,
      phoneVerifiedAt: new Date(),
    })
    .where(eq(users.id, userId));
}

/** Switches codes by mail or text message on, as a client does. */
export async function enableSent(world: World, token: string, channel: "sms" | "email") {
  const sent = await call(world, `POST /2fa/${channel}/enroll`, { token });
  const body = { code: await readCode(world, sent.body.challengeId) };
  const confirmed = await call(world, `POST /2fa/${channel}/confirm`, { token, body });
  return { sent: sent.body, backupCodes: confirmed.body.backupCodes as string[] };
}

/** The types of Ada's events, oldest first. */
export async function eventTypes(world: World): Promise<string[]> {
  const log = world.tables.securityEvents;
  const rows = await world.db.select({ type: log.eventType }).from(log).orderBy(log.id);
  return rows.map(({ type }) => type);
}

/** The notices that wait to be sent, by name. */
export async function notices(world: World): Promise<string[]> {
  const log = world.tables.emailDeliveryLog;
  const rows = await world.db.select({ name: log.template }).from(log).orderBy(log.createdAt);
  return rows.map(({ name }) => name);
}

/** As if the failures of the second step were long past. */
export async function forgetFailures(world: World, userId: string): Promise<void> {
  await world.owner.delete(world.tables.attemptLanes);
  await forgetAttempts(world.counters, ownLane(world.digestKeys, "second_factor", userId).digest);
}
