import { asc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const wrong = { email, password: "not the password at all" };

/** argon2id of the password with 8 MiB and one pass. */
const WEAK_HASH =
  "$argon2id$v=19$m=8192,t=1,p=1$nrIk2pi5G0Vlxt8XCOMklg$yFbgPdj1zPE04VtDAZbC2tIg+SFK6xvSygG//NlCX+Y";

const eventsOf = async ({ db, tables: { securityEvents } }: World) =>
  (await db.select().from(securityEvents).orderBy(asc(securityEvents.id))).map(
    ({ eventType }) => eventType,
  );

test("the right password starts a session, and the rows that prove it are there", async () => {
  await using world = await openWorld();
  await signUp(world);
  const answer = await call(world, "POST /login", {
    body: { email: " ADA@example.com ", password },
  });

  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    token: answer.body.accessToken,
    refreshToken: expect.stringMatching(/^prt_/),
    deviceToken: expect.stringMatching(/^pdv_/),
    expiresIn: 900,
    tokenType: "Bearer",
    user: { email, name: "Ada", userType: "client", emailVerified: false },
  });
  expect(answer.headers["cache-control"]).toBe("no-store");
  const { loginAttempts, sessionAudits, users } = world.tables;
  expect(await world.db.select().from(loginAttempts)).toMatchObject([
    { attemptResult: "success", identifierHint: "a***@example.com", ipAddress: "192.0.2.7" },
  ]);
  expect(await world.db.select().from(sessionAudits)).toHaveLength(2);
  expect(await eventsOf(world)).toEqual([
    "signup_success",
    "token_generated",
    "token_generated",
    "login_success",
    "new_device",
  ]);
  const [user] = await world.db.select().from(users);
  expect(user).toMatchObject({ sessionCount: 2, failedLoginAttempts: 0, lastLoginIp: "192.0.2.7" });
});

test("a known device gets no second device token and no new_device event", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  const answer = await call(world, "POST /login", { body: { email, password, deviceToken } });
  expect(answer.status).toBe(200);
  expect(answer.body.deviceToken).toBeUndefined();
  expect(await eventsOf(world)).not.toContain("new_device");
});

test("wrong, unknown and disabled get one answer, and each its rows (R-10, R-74)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await signUp(world, "off@example.com");
  const { users, loginAttempts } = world.tables;
  await world.db
    .update(users)
    .set({ disabledAt: new Date() })
    .where(eq(users.email, "off@example.com"));

  const answers = await Promise.all([
    call(world, "POST /login", { body: wrong }),
    call(world, "POST /login", { body: { email: "bob@example.com", password } }),
    call(world, "POST /login", { body: { email: "off@example.com", password } }),
  ]);
  const [first] = answers;
  for (const { status, body, headers } of answers) {
    expect(status).toBe(401);
    expect({ ...body, instance: "" }).toEqual({ ...first?.body, instance: "" });
    expect(Object.keys(headers).sort()).toEqual(Object.keys(first?.headers ?? {}).sort());
  }
  const rows = await world.db.select().from(loginAttempts);
  expect(rows.map(({ attemptResult }) => attemptResult).sort()).toEqual([
    "disabled",
    "failed_password",
    "unknown_account",
  ]);
});

test("of 200 guesses at once five are checked, and the lane is locked for 15 minutes (R-12)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const guesses = Array.from({ length: 200 }, () => call(world, "POST /login", { body: wrong }));
  const codes = Object.groupBy(await Promise.all(guesses), ({ body }) => body.code);
  expect(codes.invalid_credentials).toHaveLength(5);
  expect(Object.keys(codes).sort()).toEqual(
    expect.arrayContaining(["invalid_credentials", "too_many_requests"]),
  );

  const right = await call(world, "POST /login", { body: { email, password } });
  expect(right).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(Number(right.headers["retry-after"])).toBeGreaterThan(890);
  expect(Number(right.headers["retry-after"])).toBeLessThanOrEqual(900);
  expect((await eventsOf(world)).filter((type) => type === "account_locked")).toHaveLength(1);
});

test("an identifier that nobody has is locked alike", async () => {
  await using world = await openWorld();
  const body = { email: "nobody@example.com", password };
  for (let guess = 0; guess < 5; guess += 1) {
    expect((await call(world, "POST /login", { body })).status).toBe(401);
  }
  const locked = await call(world, "POST /login", { body });
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });
});

test("a locked-out owner signs in from a known device; a borrowed token opens nothing (R-13)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  const stranger = await signUp(world, "eve@example.com");
  for (let guess = 0; guess < 5; guess += 1) {
    await call(world, "POST /login", { body: wrong });
  }
  const borrowed = { email, password, deviceToken: stranger.deviceToken };
  expect((await call(world, "POST /login", { body: borrowed })).status).toBe(429);
  expect(
    (await call(world, "POST /login", { body: { email, password, deviceToken } })).status,
  ).toBe(200);
});

test("success clears the lane", async () => {
  await using world = await openWorld();
  await signUp(world);
  for (let round = 0; round < 3; round += 1) {
    for (let guess = 0; guess < 4; guess += 1) {
      expect((await call(world, "POST /login", { body: wrong })).status).toBe(401);
    }
    expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
  }
  expect(await world.db.select().from(world.tables.attemptLanes)).toEqual([]);
});

test("an account disabled while its password is checked gets no session (R-38)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const { users, refreshTokens } = world.tables;
  const slow: World = {
    ...world,
    passwords: {
      ...world.passwords,
      verify: async (stored, typed) => {
        const check = await world.passwords.verify(stored, typed);
        await world.db.update(users).set({ disabledAt: new Date() });
        return check;
      },
    },
  };
  const { signIn } = await import("./sign-in.ts");
  const origin = {
    ipAddress: "192.0.2.7",
    network: "192.0.2.7",
    userAgent: null,
    acceptLanguage: null,
  };
  await expect(
    signIn(slow, { identifier: email, password, deviceToken: null, origin }),
  ).rejects.toMatchObject({
    code: "invalid_credentials",
  });
  expect(await world.db.select().from(refreshTokens)).toHaveLength(1);
});

test("a hash with weaker parameters is replaced at sign-in, which is no change of password (R-05)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const { users } = world.tables;
  await world.db.update(users).set({ passwordHash: WEAK_HASH });
  const [before] = await world.db.select().from(users);
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
  const [after] = await world.db.select().from(users);
  expect(after?.passwordHash).toMatch(/m=19456,t=2/);
  expect(after?.passwordChangedAt).toEqual(before?.passwordChangedAt);
});

test("the longest address that is one signs up, in, and is refused like any other", async () => {
  await using world = await openWorld();
  const domain = `${Array.from({ length: 4 }, (_, label) => String(label).repeat(46)).join(".")}.example.com`;
  const longest = `a@${domain}`;
  await signUp(world, longest);
  expect((await call(world, "POST /login", { body: { email: longest, password } })).status).toBe(
    200,
  );
  for (const local of ["a", "b"]) {
    const body = { email: `${local}@${domain}`, password: "wrong" };
    expect((await call(world, "POST /login", { body })).status).toBe(401);
  }
});

test("right and wrong passwords at once never block each other (lock order)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  for (let round = 0; round < 15; round += 1) {
    const calls = [wrong, { email, password }, wrong, { email, password }];
    const answers = await Promise.all(
      calls.map((body) => call(world, "POST /login", { body: { ...body, deviceToken } })),
    );
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  }
});

test("three right passwords at once on a weak hash all sign in", async () => {
  await using world = await openWorld();
  await signUp(world);
  await world.db.update(world.tables.users).set({ passwordHash: WEAK_HASH });
  const body = { email, password };
  const answers = await Promise.all([1, 2, 3].map(() => call(world, "POST /login", { body })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
});

test("a stored hash of an unknown kind is refused like a wrong password, and locks like one", async () => {
  await using world = await openWorld();
  await signUp(world);
  await world.db.update(world.tables.users).set({ passwordHash: "$9z$nobody-knows-this-kind" });
  const body = { email, password };
  for (let guess = 0; guess < 5; guess += 1) {
    expect((await call(world, "POST /login", { body })).body.code).toBe("invalid_credentials");
  }
  expect((await call(world, "POST /login", { body })).body.code).toBe("account_locked");
});
