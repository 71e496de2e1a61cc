import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { givePhone, sendFor, signUpVerified, verify } from "../one-time-codes/testing/accounts.ts";
import { call, password, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { phoneIndex } from "./phone-at-rest.ts";

const TAKEN = { at: "+254712345678", later: "+254712345111", other: "+254712345222" };
const FREE = { at: "+254722345678", later: "+254722345111", other: "+254722345222" };
/** Not the holders', so that a sign-in by a number is nobody's. */
const mine = "another long password of mine";
const hintOf = (phone: string) => `${phone.slice(0, 4)}*****${phone.slice(-3)}`;

/** Bob and Dave have a number each, and Carol one that is her second factor. */
async function openWithHolders(SIGNUP_MODE: string): Promise<AsyncDisposable & { world: World }> {
  const stack = new AsyncDisposableStack();
  const open = stack.use(await openWorld());
  const bob = await signUpVerified(open, "bob@example.com");
  await givePhone(open, bob.user.id, TAKEN.at);
  const dave = await signUpVerified(open, "dave@example.com");
  await givePhone(open, dave.user.id, TAKEN.other);
  const carol = await signUpVerified(open, "carol@example.com");
  await givePhone(open, carol.user.id, TAKEN.later);
  await open.db
    .insert(open.tables.twoFactorAuth)
    .values({ userId: carol.user.id, method: "sms", confirmedAt: new Date() });
  const { databaseUrl, keyPrefix } = open;
  const environment = { SIGNUP_MODE };
  const world = stack.use(await openWorld({ environment, databaseUrl, keyPrefix }));
  return { world, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Answer = Awaited<ReturnType<typeof call>>;
type Person = { email: string; numbers: typeof TAKEN; from: string };

/** One person's way, with every answer on it. */
async function walk(world: World, { email, numbers, from }: Person) {
  const answers: Answer[] = [];
  const ask = async (line: string, options: Parameters<typeof call>[2] = {}) => {
    const answer = await call(world, line, { from, ...options });
    answers.push(answer);
    return answer;
  };
  const body = { email, password: mine, name: "Ada", phone: numbers.at };
  let { body: session } = await ask("POST /signup", { body });
  if (session.challengeId) {
    const code = await readCode(world, session.challengeId);
    const { challengeId } = session;
    session = (await ask("POST /otp/verify", { body: { challengeId, code } })).body;
  }
  const token: string = session.accessToken;
  await ask("GET /me", { token });
  await ask("GET /export", { token });
  await ask("GET /events", { token });
  const verifyOwn = { purpose: "verify_phone", channel: "sms" };
  const own = await ask("POST /otp/send", { token, body: verifyOwn });
  await ask(`GET /otp/${own.body.challengeId}/delivery`, { token });
  await ask(`POST /otp/${own.body.challengeId}/resend`, { token });
  const wrong = { challengeId: own.body.challengeId, code: "000000" };
  await ask("POST /otp/verify", { token, body: wrong });
  // Another number, and the same by the call that changes it.
  const added = await ask("POST /otp/send", {
    token,
    body: { ...verifyOwn, phone: numbers.other },
  });
  await ask(`GET /otp/${added.body.challengeId}/delivery`, { token });
  await ask("POST /phone/change", { token, body: { phone: numbers.later } });
  await ask("POST /phone/change", { token, body: { phone: numbers.at } });
  await ask("POST /login", { body: { phone: numbers.at, password: mine }, from: `${from}1` });
  await ask("GET /export", { token });
  return answers;
}

/** What may differ: whose it is, ids, times, secrets. */
function withoutNames(answers: Answer[], { email, numbers, from }: Person) {
  const names = [
    ...Object.values(numbers).flatMap((phone) => [phone, hintOf(phone)]),
    ...[email, `${email[0]}***@example.com`, `${from}1`, from],
  ];
  const text = names.reduce((all, name) => all.replaceAll(name, "NAME"), JSON.stringify(answers));
  return JSON.parse(
    text
      .replace(/p(rt|dv)_[\w-]{43}|eyJ[\w.-]+|\d+\.[\w-]{22}(?=[/"])/g, "SECRET")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "ID")
      .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+]\d\d)/g, "TIME")
      .replace(/"(id|content-length|date)":("[^"]*"|\d+)/g, '"$1":"ANY"'),
  );
}

test.for(["open", "verify_first"])(
  "signing up, everything I see of myself and every change look alike for a free and a taken number (%s, R-86)",
  async (mode) => {
    await using opened = await openWithHolders(mode);
    const { world } = opened;
    const taken = { email: "ada@example.com", numbers: TAKEN, from: "198.51.100.2" };
    const free = { email: "eve@example.com", numbers: FREE, from: "198.51.100.3" };
    const seen = [await walk(world, taken), await walk(world, free)] as const;
    const [one, other] = [withoutNames(seen[0], taken), withoutNames(seen[1], free)];
    expect(one).toEqual(other);
    // Not alike because all was refused.
    expect(seen[0].map(({ status }) => status)).toEqual([
      ...(mode === "open" ? [201] : [202, 201]),
      ...[200, 200, 200, 202, 200, 429, 401, 202, 200, 202, 429, 401, 200],
    ]);
    const exported = seen[0].find(({ body }) => body?.account)?.body;
    expect(exported.account).toMatchObject({ phone: TAKEN.at, phone_verified_at: null });
    const { users } = world.tables;
    const held = await world.db
      .select()
      .from(users)
      .where(eq(users.phoneNumberIndex, phoneIndex(world, TAKEN.at)));
    expect(held.map(({ email }) => email)).toEqual(["bob@example.com"]);
  },
);

test("the code settles whose it is: the newest proof wins, and a second factor stays (R-86)", async () => {
  await using opened = await openWithHolders("open");
  const { world } = opened;
  const open = async (email: string, phone: string, from: string) => {
    const body = { email, password, name: "Ada", phone };
    const { body: session } = await call(world, "POST /signup", { body, from });
    const token: string = session.accessToken;
    const ask = { purpose: "verify_phone", channel: "sms" };
    const challengeId = await sendFor(world, { body: ask, token, from });
    return verify(world, challengeId, { token });
  };
  const won = await open("ada@example.com", TAKEN.at, "198.51.100.2");
  expect(won).toMatchObject({ status: 200, body: { user: { email: "ada@example.com" } } });
  const refused = await open("eve@example.com", TAKEN.later, "198.51.100.3");
  expect(refused).toMatchObject({ status: 409, body: { code: "phone_taken" } });
  const rows = await world.db.select().from(world.tables.users);
  const by = (email: string) => rows.find((row) => row.email === email);
  expect(by("ada@example.com")?.phoneNumberIndex).toBe(phoneIndex(world, TAKEN.at));
  expect(by("bob@example.com")).toMatchObject({ phoneNumberIndex: null, phoneVerifiedAt: null });
  expect(by("carol@example.com")?.phoneNumberIndex).toBe(phoneIndex(world, TAKEN.later));
  // It was hers from the sign-up on, so nothing changed: it was verified.
  const { securityEvents } = world.tables;
  const events = await world.db
    .select()
    .from(securityEvents)
    .where(eq(securityEvents.userId, by("ada@example.com")!.id));
  const types = events.map(({ eventType }) => eventType);
  expect(types).toContain("phone_verified");
  expect(types).not.toContain("phone_changed");
});

test("a number that is not proved signs nobody in and resets nothing (R-86)", async () => {
  await using world = await openWorld();
  const body = { email: "ada@example.com", password, name: "Ada", phone: TAKEN.at };
  await call(world, "POST /signup", { body });
  const login = await call(world, "POST /login", { body: { phone: TAKEN.at, password } });
  expect(login.body.code).toBe("invalid_credentials");
  for (const [turn, purpose] of ["sign_in", "reset_password"].entries()) {
    const ask = { purpose, channel: "sms", phone: TAKEN.at };
    await sendFor(world, { body: ask, from: `198.51.100.${turn}` });
  }
  const texts = await world.db.select().from(world.tables.smsDeliveryLog);
  expect(texts.map(({ status, userId }) => [status, userId])).toEqual([
    ["suppressed", null],
    ["suppressed", null],
  ]);
});
