import { expect, test } from "vitest";
import { phoneIndex, readPhone } from "../contacts/phone-at-rest.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const TYPES = { USER_TYPES: "client,driver" };
const ada = { email: "ada@example.com", password, name: "Ada" };

test("sign-up answers with tokens at once, and /me shows the account", async () => {
  await using world = await openWorld({ environment: TYPES });
  const body = { ...ada, userType: "driver", phone: "+254 712 345678" };
  const answer = await call(world, "POST /signup", { body });
  expect(answer.status).toBe(201);
  const me = await call(world, "GET /me", { token: answer.body.accessToken });
  expect(me.body).toEqual({ user: answer.body.user });
  expect(me.body.user).toMatchObject({
    email: ada.email,
    userType: "driver",
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

test("any number of accounts keep a number that none of them has proved (R-86)", async () => {
  await using world = await openWorld();
  const phone = "+254712345678";
  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, turn) =>
      call(world, "POST /signup", {
        body: { ...ada, email: `ada${turn}@example.com`, phone },
        from: `192.0.2.${turn + 1}`,
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(201));
  const rows = await world.db.select().from(world.tables.users);
  for (const row of rows) {
    const kept = { userId: row.id, sealed: String(row.encryptedPhoneNumber) };
    expect(await readPhone(world, world, kept)).toBe(phone);
    expect(row.phoneNumberIndex).not.toBe(phoneIndex(world, phone));
  }
  expect(new Set(rows.map(({ phoneNumberIndex }) => phoneNumberIndex)).size).toBe(5);
});

test.for(["admin", "support", "user", "farmer"])(
  "userType %s is refused in either mode: the operator does not list it",
  async (userType) => {
    for (const SIGNUP_MODE of ["open", "verify_first"]) {
      await using world = await openWorld({ environment: { ...TYPES, SIGNUP_MODE } });
      const answer = await call(world, "POST /signup", { body: { ...ada, userType } });
      expect(answer.status).toBe(400);
      const message = "must be one of: client, driver";
      expect(answer.body.errors).toEqual([{ pointer: "/userType", message }]);
      expect(await world.db.select().from(world.tables.users)).toEqual([]);
    }
  },
);

test("without a userType it is the first that the operator lists, and the role is nobody's", async () => {
  await using world = await openWorld({ environment: TYPES });
  const { body } = await call(world, "POST /signup", { body: ada });
  expect(body.user.userType).toBe("client");
  const [row] = await world.db.select().from(world.tables.users);
  expect(row?.role).toBe("user");
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
