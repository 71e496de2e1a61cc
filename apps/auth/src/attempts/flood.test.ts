import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld } from "../testing/world.ts";

const email = "ada@example.com";
const environment = { TRUST_PROXY: "192.0.2.7/32" };
const addressOf = (turn: number) => `198.51.${turn % 4}.${Math.floor(turn / 4) % 250}`;

test("while 10,000 guesses from 1,000 addresses run over two processes, five are checked and the owner's known device signs in at once (R-12, R-13, A-31)", async () => {
  await using first = await openWorld({ environment });
  const { databaseUrl, keyPrefix } = first;
  await using second = await openWorld({ environment, databaseUrl, keyPrefix });
  const { deviceToken } = await signUp(first);
  const waits: number[] = [];
  const ownerSignsIn = async () => {
    const startedAt = performance.now();
    const answer = await call(second, "POST /login", { body: { email, password, deviceToken } });
    expect(answer.status).toBe(200);
    waits.push(performance.now() - startedAt);
  };

  const answers = await inFlight(10_000, 50, async (turn) => {
    if (turn % 1_000 === 500) {
      await ownerSignsIn();
    }
    const { status, body } = await call(turn % 2 === 0 ? first : second, "POST /login", {
      body: { email, password: `guess ${turn}` },
      headers: { "x-forwarded-for": addressOf(turn) },
    });
    return `${status} ${body.code}`;
  });

  expect(new Set(answers.map((_, turn) => addressOf(turn))).size).toBe(1_000);
  const codes = Object.groupBy(answers, String);
  expect(codes["401 invalid_credentials"]).toHaveLength(5);
  expect(Object.keys(codes).sort()).toEqual([
    "401 invalid_credentials",
    "429 account_locked",
    "429 too_many_requests",
  ]);
  const { loginAttempts } = first.tables;
  const checked = eq(loginAttempts.attemptResult, "failed_password");
  expect(await first.db.select().from(loginAttempts).where(checked)).toHaveLength(5);
  expect(waits).toHaveLength(10);
  expect(Math.max(...waits)).toBeLessThan(2_000);
}, 90_000);
