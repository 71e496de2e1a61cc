import { fileURLToPath } from "node:url";
import { startInbox, testRedisUrl, totpCode } from "@postern/devkit";
import { pushSecuritySchema } from "@postern/schema/push";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { security } from "./security/binding.ts";
import * as tables from "./security/tables.ts";
import { users } from "./shop/users.ts";
import { makeKeys } from "./story/make-keys.ts";
import { openMounted } from "./testing/open-mounted.ts";
import { openWorld } from "./testing/open-world.ts";
import { startService } from "./testing/start-service.ts";

const binding = fileURLToPath(new URL("./security/tables.ts", import.meta.url));

/** Of the seed: her hash is bcrypt's, from the shop's earlier years. */
const amina = { id: 3, email: "amina@example.com", password: "mti wa zamani 1963" };

// biome-ignore lint/suspicious/noExplicitAny: a test fails where the answer is not what it reads.
const bodyOf = (answer: Response): Promise<any> => answer.json();

async function openServices() {
  const stack = new AsyncDisposableStack();
  const world = stack.use(await openMounted());
  const inbox = stack.use(await startInbox());
  const shared = {
    DATABASE_URL: world.story.databaseUrl,
    DATABASE_SCHEMA: "security",
    ...makeKeys().environment,
  };
  const auth = stack.use(
    await startService("auth", {
      ...shared,
      POSTERN_BINDING: binding,
      REDIS_URL: testRedisUrl(),
      PUBLIC_URL: "http://127.0.0.1:3001",
    }),
  );
  stack.use(
    await startService("notifier", {
      ...shared,
      SMTP_URL: inbox.smtpUrl,
      MAIL_FROM: "Shop <no-reply@shop.example>",
    }),
  );
  const statusOf = () => fetch(`${auth.url}/ready`).then(({ status }) => status, String);
  await expect.poll(statusOf, { timeout: 60_000 }).toBe(200);
  const post = async (path: string, body: object, token?: string) => {
    const answer = await fetch(`${auth.url}/api/auth${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await bodyOf(answer) };
  };
  return { world, inbox, post, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("before step 5 the service is not ready, and names the view and the index that it lacks", {
  timeout: 120_000,
}, async () => {
  await using world = await openWorld();
  const { databaseUrl } = world.story;
  await pushSecuritySchema({ databaseUrl, exports: tables });
  await using auth = await startService("auth", {
    DATABASE_URL: databaseUrl,
    ...makeKeys().environment,
    POSTERN_BINDING: binding,
    REDIS_URL: testRedisUrl(),
    PUBLIC_URL: "http://127.0.0.1:3001",
  });
  const ready = () => fetch(`${auth.url}/ready`).then(bodyOf, String);
  await expect.poll(ready, { timeout: 60_000 }).toMatchObject({ status: "unready" });
  const { missing } = await ready();
  expect(missing.schema).toEqual([
    "postern_users",
    "unique index on public.users (lower(email_address))",
  ]);
});

test("the auth service signs in a customer whom the shop has had for years: hash, factor, code (D16)", {
  timeout: 180_000,
}, async () => {
  await using services = await openServices();
  const { world, inbox, post } = services;
  const { email, password } = amina;
  const signedIn = await post("/login", { email: email.toUpperCase(), password });
  expect(signedIn).toMatchObject({ status: 200, body: { user: { id: "3", email } } });
  const [row] = await world.db.select().from(users).where(eq(users.id, amina.id));
  expect(row?.pwHash).toMatch(/^\$argon2id\$/);
  expect(row).toMatchObject({ sessionCount: 1, lastLoginAt: expect.any(Date) });

  const token = signedIn.body.accessToken;
  const { secret } = (await post("/2fa/totp/enroll", {}, token)).body;
  const confirmed = await post("/2fa/totp/confirm", { code: totpCode(secret, 0) }, token);
  expect(confirmed).toMatchObject({ status: 200, body: { backupCodes: expect.any(Array) } });
  const factors = await world.db.select().from(security.twoFactorAuth);
  expect(factors).toMatchObject([{ userId: 3, method: "totp" }]);

  const mails = () => world.db.select().from(security.emailDeliveryLog);
  const isSent = async () => (await mails()).every(({ status }) => status === "sent");
  await expect.poll(isSent, { timeout: 30_000 }).toBe(true);
  const since = new Date();
  const asked = await post("/otp/send", { purpose: "sign_in", channel: "email", email });
  expect(asked.status).toBe(202);
  const { code } = await inbox.waitFor({ to: email, since, timeoutMs: 30_000 });
  const { challengeId } = asked.body;
  const proved = await post("/otp/verify", { challengeId, code });
  expect(proved).toMatchObject({ status: 200, body: { methods: ["backup_code", "totp"] } });
  const { pendingToken } = proved.body;
  const step = { pendingToken, method: "totp", code: totpCode(secret, 1) };
  expect(await post("/2fa/verify", step)).toMatchObject({
    status: 200,
    body: { user: { id: "3" } },
  });
});

test("a new customer is one of the shop's, with the id that the shop gives and a number kept sealed", {
  timeout: 180_000,
}, async () => {
  await using services = await openServices();
  const { world, post } = services;
  const password = "kahawa na maziwa 7";
  const body = { email: "njeri@example.com", password, name: "Njeri", phone: "+254733000111" };
  const signedUp = await post("/signup", body);
  expect(signedUp).toMatchObject({ status: 201, body: { user: { id: "4", name: "Njeri" } } });
  const [row] = await world.db.select().from(users).where(eq(users.id, 4));
  expect(row).toMatchObject({
    emailAddress: body.email,
    fullName: "Njeri",
    encryptedPhoneNumber: expect.stringMatching(/^pe1\./),
    phoneNumberHint: "+254*****111",
    phoneNumber: null,
    emailVerifiedAt: null,
    isBlocked: false,
  });
  expect((await post("/login", { email: body.email, password })).status).toBe(200);
});
