import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const email = "ada@example.com";

// The same values as in packages/crypto: by libxcrypt's crypt(3) and by Python's hashlib.
const adopted = [
  {
    name: "bcrypt",
    password: "pässwörd 密码 😀",
    stored: "$2b$06$abcdefghijklmnopqrstuu8Xonp289ZA709Ul7qloBAiG5EGhgKiu",
  },
  {
    name: "PHC scrypt",
    password: "pleaseletmein",
    stored:
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
  },
  {
    name: "better-auth's scrypt",
    password: "correct horse",
    stored:
      "000102030405060708090a0b0c0d0e0f:9372e2d20f7c9ba55e54d10569dfe24824c5765383f46b040e9ac7b33041339c514173900cb63a37c935c0e2f40cfe2cb39bee5fe58f54715c1fd913c4638373",
  },
];

test.for(adopted)(
  "an adopted $name hash signs in once and is argon2id from then on, with no history and no event (R-05)",
  async ({ password, stored }) => {
    await using world = await openWorld();
    await signUp(world);
    const { users, passwordHistory, securityEvents } = world.tables;
    await world.db.update(users).set({ passwordHash: stored });
    const historyBefore = await world.db.select().from(passwordHistory);
    const [before] = await world.db.select().from(users);

    const signIn = (typed: string) =>
      call(world, "POST /login", { body: { email, password: typed } });
    expect((await signIn(`${password}x`)).status).toBe(401);
    expect((await signIn(password)).status).toBe(200);

    const [after] = await world.db.select().from(users);
    expect(after?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(after?.passwordChangedAt).toEqual(before?.passwordChangedAt);
    expect(await world.db.select().from(passwordHistory)).toEqual(historyBefore);
    const events = await world.db.select().from(securityEvents);
    expect(events.map(({ eventType }) => eventType)).not.toContain("password_changed");
    expect((await signIn(password)).status).toBe(200);
  },
);

test("a replaced hash of another system counts as a password that was had (R-05, R-08)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { password, stored } = adopted[0] as (typeof adopted)[number];
  await world.db.update(world.tables.users).set({ passwordHash: stored });
  const change = (currentPassword: string, newPassword: string) =>
    call(world, "POST /password/change", { token, body: { currentPassword, newPassword } });
  expect((await change(password, "a different horse entirely")).status).toBe(204);
  const back = await change("a different horse entirely", password);
  expect(back.status).toBe(422);
});
