import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { isCommonPassword } from "./is-common-password.ts";

const email = "ada.lovelace.1815@example.com";

const signUpWith = (world: World, typed: string, to = email) =>
  call(world, "POST /signup", { body: { email: to, password: typed, name: "Ada" } });

test.for([
  { name: "14 code points", typed: "12345678901234", reason: "too_short" },
  { name: "14 emoji of two units each", typed: "🙂".repeat(14), reason: "too_short" },
  {
    name: "14 letters that NFD writes as 28",
    typed: "é".normalize("NFD").repeat(14),
    reason: "too_short",
  },
  { name: "the email", typed: "ADA.LOVELACE.1815@example.com", reason: "is_the_email" },
  { name: "the email's local part", typed: "Ada.Lovelace.1815", reason: "is_the_email" },
  { name: "the app's name", typed: "THE ANALYTICAL ENGINE", reason: "is_the_app_name" },
  { name: "a common one", typed: "passwordpassword", reason: "is_common" },
  { name: "a common one in capitals", typed: "1QAZ2WSX3EDC4RFV", reason: "is_common" },
])("a new password of $name is refused with its reason (R-01, R-04)", async ({ typed, reason }) => {
  await using world = await openWorld({ environment: { APP_NAME: "The Analytical Engine" } });
  const answer = await signUpWith(world, typed);
  expect(answer).toMatchObject({ status: 422, body: { code: "password_rejected" } });
  expect(answer.body.errors).toContainEqual({ pointer: "/password", message: reason });
  expect(await world.db.select().from(world.tables.users)).toEqual([]);
});

test.for([
  { name: "spaces and nothing else", typed: " ".repeat(15) },
  { name: "one repeated emoji", typed: "🙂".repeat(15) },
  { name: "every kind of script", typed: "пароль 密码 कूटशब्द 🙂🙂" },
  { name: "a line feed within common ones", typed: "passwordpassword\npasswordstandard" },
])("there is no rule about what it is made of: $name (R-03)", async ({ typed }) => {
  await using world = await openWorld();
  expect((await signUpWith(world, typed)).status).toBe(201);
  const body = { email, password: typed };
  expect((await call(world, "POST /login", { body })).status).toBe(200);
});

test("one password in two Unicode forms is one password, and nothing else is changed (R-03)", async () => {
  await using world = await openWorld();
  const typed = "Ångström à la crème";
  expect((await signUpWith(world, typed.normalize("NFD"))).status).toBe(201);
  const signIn = (password: string) => call(world, "POST /login", { body: { email, password } });
  expect((await signIn(typed.normalize("NFC"))).status).toBe(200);
  for (const other of [typed.toLowerCase(), ` ${typed}`, typed.normalize("NFKD").replace("̊", "")]) {
    expect((await signIn(other)).status).toBe(401);
  }
});

test("PASSWORD_MIN_LENGTH may be as low as 8, and never lower (R-01)", async () => {
  await using world = await openWorld({ environment: { PASSWORD_MIN_LENGTH: "8" } });
  expect((await signUpWith(world, "xk7#mQ2")).body.errors[0].message).toBe("too_short");
  expect((await signUpWith(world, "xk7#mQ2v")).status).toBe(201);
  await expect(openWorld({ environment: { PASSWORD_MIN_LENGTH: "7" } })).rejects.toThrow(
    /PASSWORD_MIN_LENGTH/,
  );
});

test("the shipped list holds over 10,000 passwords and knows each by its whole self (R-04)", async () => {
  for (const common of ["password123", "qwertyuiop12345", "passwordpassword", "iloveyou1"]) {
    expect(await isCommonPassword(common)).toBe(true);
  }
  for (const other of [
    "",
    "\n",
    "passwordpasswor",
    "asswordpassword",
    "correct horse battery staple",
  ]) {
    expect(await isCommonPassword(other)).toBe(false);
  }
  const { readFile } = await import("node:fs/promises");
  const { gunzipSync } = await import("node:zlib");
  const packed = await readFile(new URL("common-passwords.txt.gz", import.meta.url));
  const lines = gunzipSync(packed).toString().trim().split("\n");
  expect(lines.length).toBeGreaterThan(40_000);
  expect(lines.filter((line) => [...line].length >= 15).length).toBeGreaterThan(9_000);
  expect(lines.every((line) => line === line.normalize("NFC").toLowerCase())).toBe(true);
});

test("a hundred passwords of 1 MB at once are refused before any hashing (A-32, R-02)", async () => {
  await using world = await openWorld();
  const bodies = ["POST /signup", "POST /login", "POST /password/reset", "POST /password/change"];
  const huge = "x".repeat(1_048_576);
  const started = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, turn) =>
      call(world, bodies[turn % bodies.length] as string, { body: { email, password: huge } }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(413));
  expect(performance.now() - started).toBeLessThan(10_000);
});

test("256 code points are a new password, and 1,025 bytes are none, in every field (R-02)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = (await signUpWith(world, "🙂".repeat(256))).body;
  const change = (currentPassword: string, newPassword: string) =>
    call(world, "POST /password/change", { token, body: { currentPassword, newPassword } });
  const longer = await change("🙂".repeat(256), `${"🙂".repeat(256)}x`);
  expect(longer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  // In NFC these 256 code points have 1,536 bytes.
  const grows = await change("🙂".repeat(256), "\u0958".repeat(256));
  expect(grows.body.errors[0].pointer).toBe("/newPassword");
  expect((await change("🙂".repeat(256), "🙃".repeat(256))).status).toBe(204);
});
