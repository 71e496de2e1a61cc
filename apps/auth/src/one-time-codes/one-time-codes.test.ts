import { eq } from "drizzle-orm";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { backUpRedis } from "../testing/back-up-redis.ts";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

const askToSignIn = async (world: World, to = email, from = "192.0.2.7") => {
  const body = { purpose: "sign_in", channel: "email", email: to };
  return call(world, "POST /otp/send", { body, from });
};

const askToVerify = (world: World, token: string) =>
  call(world, "POST /otp/send", { body: { purpose: "verify_email", channel: "email" }, token });

const eventCount = async ({ db, tables: { securityEvents } }: World, type: string) =>
  (await db.select().from(securityEvents).where(eq(securityEvents.eventType, type))).length;

async function openWorldWithVerifiedAda(): Promise<World> {
  const world = await openWorld();
  await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  return world;
}

test("a code verifies the email, once, and the code itself is in no row", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const sent = await askToVerify(world, token);
  expect(sent).toMatchObject({ status: 202, body: { expiresIn: 300, resendAfter: 60 } });
  const { challengeId } = sent.body;
  const code = await readCode(world, challengeId);
  expect(code).toMatch(/^[0-9]{6}$/);

  const verified = await call(world, "POST /otp/verify", { body: { challengeId, code }, token });
  expect(verified).toMatchObject({ status: 200, body: { user: { email, emailVerified: true } } });
  const again = await call(world, "POST /otp/verify", { body: { challengeId, code }, token });
  expect(again).toMatchObject({ status: 401, body: { code: "invalid_code" } });

  const { emailDeliveryLog, securityEvents } = world.tables;
  const rows = [
    ...(await world.db.select().from(emailDeliveryLog)),
    ...(await world.db.select().from(securityEvents)),
  ];
  expect(JSON.stringify(rows)).not.toMatch(new RegExp(`\\b${code}\\b`));
  expect(JSON.stringify(rows)).not.toContain(email);
});

test("a code signs in to a verified account and keeps its password", async () => {
  await using world = await openWorldWithVerifiedAda();
  const { challengeId } = (await askToSignIn(world)).body;
  const code = await readCode(world, challengeId);
  expect(code).toMatch(/^[0-9]{8}$/);
  const answer = await call(world, "POST /otp/verify", { body: { challengeId, code } });
  expect(answer).toMatchObject({ status: 200, body: { tokenType: "Bearer", user: { email } } });
  const claims = await call(world, "GET /session", { token: answer.body.accessToken });
  expect(claims.body.amr).toEqual(["otp"]);
  // A code by email is no second factor.
  expect(decodeJwt(answer.body.accessToken).acr).toBe("aal1");
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
});

test("1,000 guesses at once: five are compared at most (A-07)", async () => {
  await using world = await openWorldWithVerifiedAda();
  const { challengeId } = (await askToSignIn(world)).body;
  const right = await readCode(world, challengeId);
  const guesses = Array.from({ length: 1_000 }, (_, guess) => String(guess).padStart(8, "0"));
  const answers = await Promise.all(
    guesses
      .filter((code) => code !== right)
      .map((code) => call(world, "POST /otp/verify", { body: { challengeId, code } })),
  );
  // On a busy machine some wait longer for Redis than the service lets them.
  const codes = new Set(answers.map(({ body }) => body.code));
  codes.delete("service_unavailable");
  expect(codes).toEqual(new Set(["invalid_code"]));
  const { securityEvents } = world.tables;
  const failures = await world.db
    .select()
    .from(securityEvents)
    .where(eq(securityEvents.eventType, "otp_failed"));
  const compared = failures.filter(({ metadata }) => metadata.reason === "wrong");
  expect(compared.length).toBeGreaterThan(0);
  expect(compared.length).toBeLessThanOrEqual(5);
  const late = await call(world, "POST /otp/verify", { body: { challengeId, code: right } });
  expect(late.status).toBe(401);
});

test("500 right codes at once start one session (R-21, A-09)", async () => {
  await using world = await openWorldWithVerifiedAda();
  const { challengeId } = (await askToSignIn(world)).body;
  const code = await readCode(world, challengeId);
  const answers = await Promise.all(
    Array.from({ length: 500 }, () =>
      call(world, "POST /otp/verify", { body: { challengeId, code } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(499);
  // The one of the sign-up and the one of the code.
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(2);
});

test("a challenge restored into Redis after its code was used revives nothing (R-21)", async () => {
  await using world = await openWorldWithVerifiedAda();
  const { challengeId } = (await askToSignIn(world)).body;
  const code = await readCode(world, challengeId);
  const restore = await backUpRedis(world);
  expect((await call(world, "POST /otp/verify", { body: { challengeId, code } })).status).toBe(200);
  await restore();
  const replay = await call(world, "POST /otp/verify", { body: { challengeId, code } });
  expect(replay).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(2);
});

test("known and unknown get the same answer, limits and delivery status (R-11)", async () => {
  await using world = await openWorldWithVerifiedAda();
  const known = await askToSignIn(world);
  const unknown = await askToSignIn(world, "nobody@example.com");
  const shape = ({ status, body, headers }: typeof known) => ({
    status,
    body: { ...body, challengeId: body.challengeId.replace(/^\d+[.]/, "").length },
    headers: Object.keys(headers),
  });
  expect(shape(unknown)).toEqual(shape(known));
  for (const { body } of [known, unknown]) {
    const delivery = await call(world, `GET /otp/${body.challengeId}/delivery`);
    expect(delivery).toMatchObject({ status: 200, body: { status: "sent", channel: "email" } });
    const guess = await call(world, "POST /otp/verify", {
      body: { challengeId: body.challengeId, code: "00000000" },
    });
    expect(guess).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  }
  for (const to of [email, "nobody@example.com"]) {
    expect(await askToSignIn(world, to)).toMatchObject({
      status: 429,
      body: { code: "otp_cooldown" },
    });
  }
  // Both left a row (D17). One of them holds nothing that could be sent.
  const rows = await world.db.select().from(world.tables.emailDeliveryLog);
  expect(rows.map(({ status }) => status).sort()).toEqual(["pending", "suppressed"]);
});

test("who asked sees the true status; a stranger and another session see nothing", async () => {
  await using world = await openWorld();
  const ada = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const { challengeId } = (await askToVerify(world, ada.accessToken)).body;
  const url = `GET /otp/${challengeId}/delivery`;
  expect((await call(world, url, { token: ada.accessToken })).body).toMatchObject({
    status: "pending",
    hint: "a***@example.com",
  });
  expect((await call(world, url, { token: eve.accessToken })).status).toBe(404);
  expect((await call(world, url)).status).toBe(404);
});

test("a code presented beside another session is a wrong guess (A-10, R-23)", async () => {
  await using world = await openWorld();
  const ada = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const { challengeId } = (await askToVerify(world, ada.accessToken)).body;
  const code = await readCode(world, challengeId);
  const body = { challengeId, code };
  for (const token of [eve.accessToken, undefined]) {
    const moved = await call(world, "POST /otp/verify", { body, ...(token ? { token } : {}) });
    expect(moved).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  }
  expect(await eventCount(world, "otp_failed")).toBe(2);
  expect((await call(world, "POST /otp/verify", { body, token: ada.accessToken })).status).toBe(
    200,
  );
});

test.for(["12345", "1234567", "12345a", "１２３４５６", ["123456"], 123_456, null])(
  "the malformed code %j is refused and spends nothing (A-25)",
  async (malformed) => {
    await using world = await openWorld();
    const { accessToken: token } = await signUp(world);
    const { challengeId } = (await askToVerify(world, token)).body;
    for (let turn = 0; turn < 6; turn += 1) {
      const answer = await call(world, "POST /otp/verify", {
        body: { challengeId, code: malformed },
        token,
      });
      expect(answer.status).toBe(400);
    }
    const code = await readCode(world, challengeId);
    expect(
      (await call(world, "POST /otp/verify", { body: { challengeId, code }, token })).status,
    ).toBe(200);
  },
);

test("one address gets no more than ten unverified codes an hour, whoever they are for (R-25)", async () => {
  await using world = await openWorld();
  for (let turn = 0; turn < 10; turn += 1) {
    expect((await askToSignIn(world, `user${turn}@example.com`)).status).toBe(202);
  }
  const refused = await askToSignIn(world, "user10@example.com");
  expect(refused).toMatchObject({ status: 429, body: { code: "otp_limit" } });
  expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3_500);
  // Refused there, it used up nothing of the recipient's.
  for (let turn = 0; turn < 3; turn += 1) {
    const from = `198.51.100.${turn}`;
    expect((await askToSignIn(world, "user10@example.com", from)).status).toBe(202);
  }
});

test("who proves an email that nobody had proved gets the account without what was prepared (A-01)", async () => {
  await using world = await openWorld();
  const attacker = await signUp(world);
  const { challengeId } = (await askToSignIn(world)).body;
  const code = await readCode(world, challengeId);
  const owner = await call(world, "POST /otp/verify", { body: { challengeId, code } });
  expect(owner).toMatchObject({ status: 200, body: { user: { emailVerified: true } } });

  expect((await call(world, "GET /me", { token: attacker.accessToken })).status).toBe(401);
  const refreshed = await call(world, "POST /refresh", {
    body: { refreshToken: attacker.refreshToken },
  });
  expect(refreshed.status).toBe(401);
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(401);
  expect((await call(world, "GET /me", { token: owner.body.accessToken })).status).toBe(200);
  const devices = await world.db.select().from(world.tables.userDevices);
  expect(devices).toHaveLength(1);
});
