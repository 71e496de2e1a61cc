import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  attemptLanes,
  emailDeliveryLog,
  loginAttempts,
  posternUsers,
  refreshTokens,
  revocations,
  securityEvents,
  sessionAudits,
} from "../index.ts";
import { anHourOn, openTables, someDigest } from "../testing/open-tables.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const attempt = { identifierHint: "a***@example.com", identifierIndex: "A".repeat(22) };

test("a log takes known words only, and an identifier never in clear", async () => {
  await using world = await openTables();
  const { db } = world;
  const refusals = [
    db.insert(loginAttempts).values({ ...attempt, attemptResult: "maybe" as "success" }),
    db.insert(securityEvents).values({ eventType: "Not a word" }),
    db.insert(securityEvents).values({ eventType: "otp_sent", severity: "mild" as "low" }),
    db.insert(securityEvents).values({ eventType: "otp_sent", metadata: [] as never }),
    db.insert(sessionAudits).values({ sessionId: randomUUID(), action: "slept" as "started" }),
    db.insert(attemptLanes).values({ laneDigest: "ada@example.com" }),
    db.insert(attemptLanes).values({ laneDigest: someDigest(), failures: -1 }),
  ];
  expect(await Promise.all(refusals.map(refusalOf))).toEqual([
    "login_attempts_result_is_known",
    "security_events_type_is_a_word",
    "security_events_severity_is_known",
    "security_events_metadata_is_an_object",
    "session_audits_action_is_known",
    "attempt_lanes_lane_is_digested",
    "attempt_lanes_counts_are_not_negative",
  ]);
});

test("an app may write event types of its own", async () => {
  await using world = await openTables();
  await world.db.insert(securityEvents).values({ eventType: "invoice_downloaded" });
});

test("erasing an account keeps what happened, without it, and drops what lets it in", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const sessionId = randomUUID();
  const ends = { expiresAt: anHourOn(), absoluteExpiresAt: anHourOn() };
  await db.insert(loginAttempts).values({ ...attempt, userId, attemptResult: "success" });
  await db.insert(securityEvents).values({ userId, eventType: "login_success" });
  await db.insert(sessionAudits).values({ userId, sessionId, action: "started" });
  await db.insert(emailDeliveryLog).values({
    userId,
    template: "verify_email",
    toEmailHint: "a***@example.com",
    toEmailIndex: "A".repeat(22),
    expiresAt: anHourOn(),
  });
  await db
    .insert(refreshTokens)
    .values({ userId, familyId: sessionId, tokenHash: someDigest(), amr: "pwd", ...ends });
  await db.insert(revocations).values({ sessionId });

  await db.delete(posternUsers).where(eq(posternUsers.id, userId));
  for (const log of [loginAttempts, securityEvents, sessionAudits, emailDeliveryLog]) {
    expect(await db.select({ userId: log.userId }).from(log)).toEqual([{ userId: null }]);
  }
  expect(await db.select().from(refreshTokens)).toEqual([]);
  expect(await db.select().from(revocations)).toMatchObject([{ sessionId }]);
});
