import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const ada = { email: "ada@example.com", password, name: "Ada" };

test("sign-up answers with tokens at once, and /me shows the account", async () => {
  await using world = await openWorld();
  const body = { ...ada, userType: "farmer", phone: "+254 712 345678" };
  const answer = await call(world, "POST /signup", { body });
  expect(answer.status).toBe(201);
  const me = await call(world, "GET /me", { token: answer.body.accessToken });
  expect(me.body).toEqual({ user: answer.body.user });
  expect(me.body.user).toMatchObject({
    email: ada.email,
    userType: "farmer",
    emailVerified: false,
  });
  const [row] = await world.db.select().from(world.tables.users);
  expect(row?.encryptedPhoneNumber).toMatch(/^pe1[.]/);
  expect(JSON.stringify(row)).not.toMatch(/712345678|712 345678/);
});

test("of 20 sign-ups with one email at once, one succeeds", async () => {
  await using world = await openWorld();
  const emails = ["ada@example.com", "ADA@example.com"];
  const calls = Array.from({ length: 20 }, (_, turn) =>
    call(world, "POST /signup", { body: { ...ada, email: emails[turn % 2] } }),
  );
  const answers = Object.groupBy(await Promise.all(calls), ({ status }) => status);
  expect(answers[201]).toHaveLength(1);
  expect(answers[409]).toHaveLength(19);
  expect(answers[409]?.[0]?.body.code).toBe("email_taken");
});

test("a taken phone number is left out and tells nothing", async () => {
  await using world = await openWorld();
  const phone = "+254712345678";
  for (const email of ["ada@example.com", "bob@example.com"]) {
    const answer = await call(world, "POST /signup", { body: { ...ada, email, phone } });
    expect(answer.status).toBe(201);
  }
  const rows = await world.db.select().from(world.tables.users);
  expect(rows.filter(({ phoneNumberIndex }) => phoneNumberIndex !== null)).toHaveLength(1);
});

test("256 code points sign up and sign in; 257 are refused before any hashing (R-02)", async () => {
  await using world = await openWorld();
  const long = "🙂".repeat(256);
  expect((await call(world, "POST /signup", { body: { ...ada, password: long } })).status).toBe(
    201,
  );
  const login = { email: ada.email, password: long };
  expect((await call(world, "POST /login", { body: login })).status).toBe(200);
  const cut = { ...login, password: "🙂".repeat(255) };
  expect((await call(world, "POST /login", { body: cut })).status).toBe(401);
  const longer = { ...login, password: `${long}x` };
  expect((await call(world, "POST /login", { body: longer })).status).toBe(400);
});

test.for([
  "<b@attacker.com>a@victim.com",
  '"a@victim.com\r\nBcc: c@attacker.com"@x.com',
  "a@victim.com, b@attacker.com",
  '"e@attacker.com"@victim.com',
  "a@ⓥictim.com",
  "a＠victim.com",
  "a\u0000@victim.com",
])("an email that could be read in two ways is refused: %j (A-23, A-24)", async (email) => {
  await using world = await openWorld();
  const answer = await call(world, "POST /signup", { body: { ...ada, email } });
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
});

test.for([
  ["email", { $ne: 1 }],
  ["email", null],
  ["password", ["correct horse battery staple"]],
  ["password", 123_456_789_012_345],
  ["name", { length: 1e9 }],
  ["role", "admin"],
])("a %s of %j is refused, not converted (A-25)", async ([field, value]) => {
  await using world = await openWorld();
  const answer = await call(world, "POST /signup", { body: { ...ada, [String(field)]: value } });
  expect(answer.status).toBe(400);
});

test("the session of a sign-up is the account's first, and its device is known", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  expect(deviceToken).toMatch(/^pdv_[\w-]{43}$/);
  expect(await world.db.select().from(world.tables.userDevices)).toHaveLength(1);
});
