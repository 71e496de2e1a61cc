import { randomUUID } from "node:crypto";
import { totpCode } from "@postern/devkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { setRole } from "../admin/testing/admins.ts";
import { ageSession } from "../testing/age-session.ts";
import { call, password, readCode } from "../testing/client.ts";
import { forgeToken } from "../testing/forge-token.ts";
import { openWorld, type World } from "../testing/world.ts";
import {
  ada,
  openAccount,
  PHONE,
  stopClock,
  verify,
  withTotp,
} from "../two-factor/testing/factors.ts";
import { levelOf } from "./level-of.ts";

type Media = { example?: unknown; examples?: Record<string, { value?: unknown; $ref?: string }> };
type Operation = {
  operationId: string;
  security?: object[];
  parameters?: { name: string; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, unknown>;
};
type Call = { name: string; method: string; url: string; bodies: unknown[]; isSensitive: boolean };

/** Calls that are sensitive with some bodies alone, of which the document's example is none. */
const BODIES: Readonly<Record<string, object>> = {
  sendCode: { purpose: "verify_phone", channel: "sms", phone: PHONE },
  changeDevice: { trusted: true },
};

/** Writes of a bearer that need no step-up, each for its reason. */
const NOT_SENSITIVE: Readonly<Record<string, string>> = {
  signOut: "ends what it is called with",
  stepUp: "is the step-up",
  verifyCode: "presents a code of a challenge that this session was let open",
  resendCode: "the same",
  sendSecondFactorCode: "sends a code of the second step",
  adminFindUser: "finds, by a body that stands in no address",
  adminFindDeliveries: "the same",
  disableSecondFactors: "takes the password and a second factor itself",
};

stopClock();
const world = await openWorld();
const document = (await world.app.inject("/openapi.json")).json();
const calls = readCalls();
const sensitive = calls.filter(({ isSensitive }) => isSensitive);

afterAll(async () => {
  vi.useRealTimers();
  await world[Symbol.asyncDispose]();
});

function readCalls(): Call[] {
  return Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const { operationId: name, security = [], parameters = [], responses } = operation;
      if (!security.some((scheme) => "bearer" in scheme)) {
        return [];
      }
      const values = Object.fromEntries(parameters.map((it) => [it.name, it.example]));
      const url = path.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key]));
      const bodies = BODIES[name] ? [BODIES[name]] : examplesOf(operation);
      const isSensitive = JSON.stringify(responses["403"] ?? "").includes("step_up_required");
      return [{ name, method, url, bodies, isSensitive }];
    }),
  );
}

function examplesOf({ requestBody }: Operation): unknown[] {
  const { example, examples = {} } = requestBody?.content["application/json"] ?? {};
  const listed = Object.values(examples).map(
    ({ value, $ref = "" }) =>
      value ?? document.components.examples[$ref.split("/").at(-1) ?? ""].value,
  );
  return listed.length > 0 ? listed : [example];
}

/** What a call answers to a token, for each of its bodies. */
async function answersTo({ app }: World, { method, url, bodies }: Call, token: string) {
  const codes: string[] = [];
  for (const payload of bodies) {
    const answer = await app.inject({
      method: method as "POST",
      url,
      headers: { authorization: `Bearer ${token}` },
      ...(payload === undefined ? {} : { payload: payload as object }),
    });
    codes.push(answer.body === "" ? "none" : (answer.json().code ?? "none"));
  }
  return codes;
}

let trusted: { byPassword: string; byCode: string; secret: string; id: string };
let old: string;

/** Ada has an app, and a device that leaves it out; Bob signed in an hour ago. Both administer. */
beforeAll(async () => {
  const { secret, user } = await withTotp(world);
  await setRole(world, user.id, "admin");
  const first = await call(world, "POST /login", { body: ada });
  const passed = await verify(world, {
    pendingToken: first.body.pendingToken,
    ...{ method: "totp", code: totpCode(secret), trustDevice: true },
  });
  const { deviceToken } = passed.body;
  const byPassword = await call(world, "POST /login", { body: { ...ada, deviceToken } });
  const ask = { purpose: "sign_in", channel: "email", email: ada.email };
  const { challengeId } = (await call(world, "POST /otp/send", { body: ask })).body;
  const body = { challengeId, code: await readCode(world, challengeId), deviceToken };
  const byCode = await call(world, "POST /otp/verify", { body });
  trusted = {
    byPassword: byPassword.body.accessToken,
    byCode: byCode.body.accessToken,
    ...{ secret, id: user.id },
  };
  const bob = await openAccount(world, "bob@example.com");
  await setRole(world, bob.user.id, "admin");
  old = (await ageSession(world, bob.refreshToken, 3_600)).accessToken;
});

test("every write of a bearer asks for a step-up, or says here why it does not", () => {
  const writes = calls.filter(({ method }) => method !== "get");
  const open = writes.filter(({ isSensitive }) => !isSensitive).map(({ name }) => name);
  expect(open.sort()).toEqual(Object.keys(NOT_SENSITIVE).sort());
  expect(sensitive.map(({ name }) => name)).toContain("exportAccount");
});

test.for(sensitive)("$name is refused to a sign-in of an hour ago (R-07, R-40)", async (it) => {
  expect(await answersTo(world, it, old)).toEqual(it.bodies.map(() => "step_up_required"));
});

test.for(sensitive)(
  "$name is refused to one step where the account has a second factor (R-84)",
  async (it) => {
    for (const token of [trusted.byPassword, trusted.byCode]) {
      expect(await answersTo(world, it, token)).toEqual(it.bodies.map(() => "step_up_required"));
    }
  },
);

test("a password alone does not step up a trusted device's session (R-84)", async () => {
  const body = { password };
  const answer = await call(world, "POST /step-up", { token: trusted.byPassword, body });
  expect(answer.body).toMatchObject({ twoFactorRequired: true });
});

test.for(sensitive)("$name lets two steps pass (R-84)", async (it) => {
  // Of a session each, since some of the calls end those that there are.
  const payload = { sub: trusted.id, sid: randomUUID(), amr: ["pwd", "otp", "mfa"] };
  const token = await forgeToken(world, { payload });
  expect(await answersTo(world, it, token)).not.toContain("step_up_required");
});

test("a step-up by the second factor opens what a trusted device does not (R-84)", async () => {
  await using other = await openWorld();
  const { secret } = await withTotp(other);
  const first = await call(other, "POST /login", { body: ada });
  const { body } = await verify(other, {
    pendingToken: first.body.pendingToken,
    ...{ method: "totp", code: totpCode(secret), trustDevice: true },
  });
  const { deviceToken } = body;
  const { accessToken: token } = (
    await call(other, "POST /login", { body: { ...ada, deviceToken } })
  ).body;
  const exported = (as: string) => call(other, "GET /export", { token: as });
  expect((await exported(token)).body.code).toBe("step_up_required");
  const code = totpCode(secret, 1);
  const stepped = await call(other, "POST /step-up", { token, body: { method: "totp", code } });
  expect((await exported(stepped.body.accessToken)).status).toBe(200);
});

test.for([
  { amr: ["pwd"], level: "one_step" },
  { amr: ["otp"], level: "one_step" },
  { amr: ["sms"], level: "one_step" },
  { amr: ["fed"], level: "one_step" },
  { amr: [], level: "one_step" },
  { amr: ["mfa"], level: "one_step" },
  { amr: ["pwd", "pin"], level: "one_step" },
  { amr: ["pwd", "pwd"], level: "one_step" },
  { amr: ["sms", "tel"], level: "one_step" },
  { amr: ["pwd", "unheard_of"], level: "one_step" },
  { amr: ["pwd", "constructor"], level: "one_step" },
  // By mail.
  { amr: ["pwd", "otp"], level: "two_steps" },
  { amr: ["fed", "otp"], level: "two_steps" },
  { amr: ["pwd", "otp", "mfa"], level: "multi_factor" },
  { amr: ["pwd", "sms", "mfa"], level: "multi_factor" },
  { amr: ["otp", "mfa"], level: "multi_factor" },
])(
  "$amr is $level: words of one factor are one step, and mail is never aal2 (R-28)",
  ({ amr, level }) => {
    expect(levelOf(amr)).toBe(level);
  },
);
