import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { DevRecord } from "../dev/record.ts";
import { type Api, createApi, listOf, PHONE_AGENT, textOf } from "./api.ts";
import { findLeaks } from "./find-leaks.ts";
import { passSecondStep, turnOnSecondFactor, verifyPhone } from "./more-factors.ts";
import { readCode } from "./read-code.ts";
import { readRows } from "./read-rows.ts";
import { expectSeen, sayTable, shorten, step } from "./step.ts";

type Person = { email: string; password: string };

export type Walk = {
  api: Api;
  record: DevRecord;
  person: Person;
  /** Everything that must be nowhere in clear at the end. */
  secrets: string[];
};

/** The whole story of one account, from sign-up to the rows that prove it. */
export async function walk(record: DevRecord): Promise<void> {
  const person = {
    email: `ada.${randomBytes(6).toString("hex")}@example.com`,
    password: `seven green otters ${randomBytes(6).toString("hex")}`,
  };
  const scene: Walk = {
    api: createApi(record.auth.url),
    record,
    person,
    secrets: [person.password],
  };
  const laptop = await signUp(scene);
  await verifyEmail(scene, laptop.accessToken);
  await verifyPhone(scene, laptop.accessToken);
  const phone = await signInElsewhere(scene);
  await refresh(scene, phone.refreshToken);
  await listSessions(scene, laptop.accessToken);
  await lockOut(scene);
  await signInFromKnownDevice(scene, laptop.deviceToken);
  const secret = await turnOnSecondFactor(scene, laptop.accessToken);
  await passSecondStep(scene, { secret, deviceToken: laptop.deviceToken });
  await showRows(scene, laptop.userId);
  await searchForSecrets(scene);
}

async function signUp({ api, person, secrets }: Walk) {
  return step("Sign up", async () => {
    const body = await api.expect("POST /signup", 201, { body: { ...person, name: "Ada" } });
    const tokens = ["accessToken", "refreshToken", "deviceToken"].map((name) => textOf(body, name));
    secrets.push(...tokens);
    const [accessToken = "", refreshToken = "", deviceToken = ""] = tokens;
    const { user } = body as { user?: { id?: string } };
    expectSeen(typeof user?.id === "string", "the new account's id");
    return {
      seen: [
        `${person.email} has an account and a session`,
        `refresh token ${shorten(refreshToken)}`,
      ],
      result: { accessToken, deviceToken, userId: user.id },
    };
  });
}

async function verifyEmail({ api, record, person, secrets }: Walk, token: string) {
  const challengeId = await step("Ask for a code by email", async () => {
    const ask = { purpose: "verify_email", channel: "email" };
    const sent = await api.expect("POST /otp/send", 202, { body: ask, token });
    return {
      seen: `challenge ${shorten(textOf(sent, "challengeId"))}, the code ends in ${sent.expiresIn} s`,
      result: textOf(sent, "challengeId"),
    };
  });
  const code = await step("Read the code from the mail that arrived over SMTP", async () => {
    const mail = await readCode(record.inbox.webUrl, person.email);
    secrets.push(mail.code);
    return {
      seen: [
        `"${mail.subject}" after ${mail.milliseconds} ms, the code is ${mail.code}`,
        record.inbox.webUrl,
      ],
      result: mail.code,
    };
  });
  await step("Was it delivered? Ask before it is used", async () => {
    const delivery = await untilSent(api, `GET /otp/${challengeId}/delivery`, token);
    return { seen: `${textOf(delivery, "status")} to ${textOf(delivery, "hint")}`, result: null };
  });
  await step("Verify the email, once", async () => {
    const body = { challengeId, code };
    const { user } = (await api.expect("POST /otp/verify", 200, { body, token })) as {
      user?: { emailVerified?: boolean };
    };
    expectSeen(user?.emailVerified === true, "a verified email");
    await api.expect("POST /otp/verify", 401, { body, token });
    return { seen: "verified; the same code a second time: 401 invalid_code", result: null };
  });
}

/** The mail may be in the inbox a moment before the notifier has recorded that it is. */
async function untilSent(api: Api, line: string, token: string) {
  for (let turn = 0; turn < 100; turn += 1) {
    const delivery = await api.expect(line, 200, { token });
    if (delivery.status === "sent") {
      return delivery;
    }
    await sleep(20);
  }
  expectSeen(false, "the delivery recorded as sent");
}

async function signInElsewhere({ api, person, secrets }: Walk) {
  return step("Sign in from a second device", async () => {
    const body = await api.expect("POST /login", 200, { body: person, userAgent: PHONE_AGENT });
    const refreshToken = textOf(body, "refreshToken");
    secrets.push(refreshToken, textOf(body, "accessToken"), textOf(body, "deviceToken"));
    return { seen: "a new client: it gets a device token of its own", result: { refreshToken } };
  });
}

async function refresh({ api, secrets }: Walk, refreshToken: string) {
  await step("Refresh: three tabs at once get one successor", async () => {
    const call = () =>
      api.expect("POST /refresh", 200, { body: { refreshToken }, userAgent: PHONE_AGENT });
    const answers = await Promise.all([call(), call(), call()]);
    const successors = new Set(answers.map((body) => textOf(body, "refreshToken")));
    secrets.push(...successors, ...answers.map((body) => textOf(body, "accessToken")));
    expectSeen(successors.size === 1, "one successor");
    const [successor = ""] = successors;
    return { seen: `${shorten(refreshToken)} became ${shorten(successor)}`, result: null };
  });
}

async function listSessions({ api }: Walk, token: string) {
  await step("List the sessions", async () => {
    const sessions = listOf(await api.expect("GET /sessions", 200, { token }), "sessions");
    expectSeen(sessions.length === 2, "two sessions");
    const rows = sessions.map((session) => [
      String(session.id),
      String(session.deviceName),
      String(session.ipAddress),
      session.isCurrent === true ? "this one" : "",
    ]);
    return { seen: sayTable([["session", "device", "address", ""], ...rows]), result: null };
  });
}

async function lockOut({ api, person }: Walk) {
  await step("Guess the password until the lock", async () => {
    const body = { email: person.email, password: "not the password" };
    for (let guess = 0; guess < 5; guess += 1) {
      await api.expect("POST /login", 401, { body });
    }
    const locked = await api.request("POST /login", { body: person });
    expectSeen(
      locked.status === 429 && locked.body.code === "account_locked",
      "429 account_locked",
    );
    const seen = `5 × 401, then 429 account_locked for ${locked.headers.get("retry-after")} s, even with the right password`;
    return { seen, result: null };
  });
}

async function signInFromKnownDevice({ api, person, secrets }: Walk, deviceToken: string) {
  await step("The owner's own device still gets in", async () => {
    const body = await api.expect("POST /login", 200, { body: { ...person, deviceToken } });
    secrets.push(textOf(body, "accessToken"), textOf(body, "refreshToken"));
    return { seen: "200: a stranger's guesses cannot lock the owner out", result: null };
  });
}

async function showRows({ record }: Walk, userId: string) {
  await step("The rows that prove it", async () => {
    const { deliveries, events, attempts } = await readRows(
      record.databaseUrl,
      userId,
      record.databaseSchema,
    );
    const [delivery] = deliveries;
    expectSeen(delivery?.status === "sent" && delivery.used, "a sent delivery whose code was used");
    for (const type of [
      "signup_success",
      "otp_sent",
      "email_verified",
      "new_device",
      "account_locked",
      "two_factor_enabled",
    ]) {
      expectSeen(
        events.some((event) => event.type === type),
        `the security event ${type}`,
      );
    }
    const wrong = attempts.find(({ result }) => result === "failed_password");
    expectSeen(wrong?.count === 5, "five failed attempts");
    const seen = [
      ...sayTable([
        ["email_delivery_log", "status", "to", "attempts"],
        ...deliveries.map((row) => [row.template, row.status, row.hint, String(row.attempts)]),
      ]),
      "",
      ...sayTable([
        ["security_events", "severity", "rows"],
        ...events.map((row) => [row.type, row.severity, String(row.count)]),
      ]),
      "",
      ...sayTable([
        ["login_attempts", "rows"],
        ...attempts.map((row) => [row.result, String(row.count)]),
      ]),
    ];
    return { seen, result: null };
  });
}

async function searchForSecrets({ record, person, secrets }: Walk) {
  await step("Look for secrets in every row, Redis value and log line", async () => {
    const { places, leaks } = await findLeaks(record, { email: person.email, others: secrets });
    expectSeen(leaks.length === 0, `no secret in clear, but there is one in ${leaks.join(", ")}`);
    const seen = `${secrets.length} secrets and the address in ${places} places: none found (but users.email)`;
    return { seen, result: null };
  });
}
