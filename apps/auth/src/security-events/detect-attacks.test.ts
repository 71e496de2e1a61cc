import { inArray } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld, type World } from "../testing/world.ts";

const DETECTIONS = ["credential_stuffing_detected", "password_spraying_detected"];

const detected = async ({ db, tables: { securityEvents } }: World) =>
  db.select().from(securityEvents).where(inArray(securityEvents.eventType, DETECTIONS));

const fail = (world: World, person: number, from: string) =>
  call(world, "POST /login", { body: { email: `user${person}@example.com`, password }, from });

test("many identifiers that fail from one network are credential stuffing, told once", async () => {
  await using world = await openWorld();
  await Promise.all(
    Array.from({ length: 19 }, (_, turn) => fail(world, turn, `2001:db8:1:2::${turn + 1}`)),
  );
  expect(await detected(world)).toEqual([]);
  for (let turn = 19; turn < 25; turn += 1) {
    expect((await fail(world, turn, "2001:db8:1:2::ffff")).status).toBe(401);
  }
  expect(await detected(world)).toMatchObject([
    {
      eventType: "credential_stuffing_detected",
      severity: "critical",
      ipAddress: "2001:db8:1:2::ffff",
      userId: null,
      metadata: { identifiers: 20, failures: 20, window_seconds: 900 },
    },
  ]);
});

test("few attempts at each of many identifiers, from anywhere, are password spraying, told once", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "spraying_identifiers_per_quarter_hour=30" },
  });
  const answers = await inFlight(80, 8, (turn) => fail(world, turn % 40, `198.51.100.${turn}`));
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  expect(await detected(world)).toMatchObject([
    { eventType: "password_spraying_detected", severity: "critical", ipAddress: null },
  ]);
});

test("one identifier that fails from many addresses is neither", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "spraying_identifiers_per_quarter_hour=2" },
  });
  for (let turn = 0; turn < 6; turn += 1) {
    await fail(world, 1, `198.51.100.${turn}`);
  }
  expect(await detected(world)).toEqual([]);
});
