import { expect, test } from "vitest";
import { findCode } from "../inbox/mailbox.ts";
import { type Canary, createFinder, makeCanaries } from "./canary.ts";
import { openPath, type Path } from "./open-path.ts";
import {
  countDeliveries,
  type Place,
  readAddresses,
  readLogs,
  readMetrics,
  readRedis,
  readRows,
} from "./read-places.ts";

const PEOPLE = 340;
const AT_ONCE = 12;

type Asked = { body: object; from: string; token?: string | undefined };

/** The answer's body; throws for any other status than one of 2xx. */
async function post({ authUrl }: Path, path: string, { body, from, token }: Asked) {
  const answer = await fetch(`${authUrl}/api/auth${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": from,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}: ${text}`);
  // biome-ignore lint/suspicious/noExplicitAny: a test fails where the answer is not what it reads.
  return JSON.parse(text) as any;
}

/** What all who send texts took. */
const takenTexts = ({ providers, ownSmsService }: Path) => [
  ...providers.taken(),
  ...ownSmsService.taken(),
];

/** The newest text to a number, of the texts after the first `before`. */
async function readText(path: Path, phone: string, before: number): Promise<string> {
  const codes = () =>
    takenTexts(path).flatMap(({ to, text }) => (to === phone ? [findCode(text) ?? ""] : []));
  await expect
    .poll(() => codes().length, { timeout: 20_000, interval: 25 })
    .toBeGreaterThan(before);
  return codes().at(-1)!;
}

/** An account, and its codes by mail and by text. Returns every code that came; some stay unused. */
async function live(path: Path, { email, phone, fate, from }: Canary): Promise<string[]> {
  const password = "a canary sings at dawn 4711";
  // Whose mail is refused gets no code to verify a number with: it is kept as it was given.
  const given = fate === "mail_refused" ? { phone } : {};
  await post(path, "/signup", { body: { email, password, name: "Canary", ...given }, from });
  const ask = { purpose: "sign_in", channel: "email", email };
  const { challengeId } = await post(path, "/otp/send", { body: ask, from });
  if (fate === "mail_refused") return [];
  const isCode = (code: string | null | undefined) => code?.length === 8;
  const mailed = () =>
    path.inbox.messages().find(({ to, code }) => to === email && isCode(code))?.code;
  await expect.poll(() => isCode(mailed()), { timeout: 20_000, interval: 25 }).toBe(true);
  const first = mailed()!;
  const signedIn = await post(path, "/otp/verify", { body: { challengeId, code: first }, from });
  const token: string = signedIn.accessToken;

  const verify = { purpose: "verify_phone", channel: "sms", phone };
  const sent = await post(path, "/otp/send", { body: verify, from, token });
  if (fate === "text_refused") return [first];
  const second = await readText(path, phone, 0);
  const proof = { challengeId: sent.challengeId, code: second };
  await post(path, "/otp/verify", { body: proof, from, token });

  const away = from.replace("10.20.", "10.30.");
  const again = { purpose: "sign_in", channel: "sms", phone };
  await post(path, "/otp/send", { body: again, from: away });
  return [first, second, await readText(path, phone, 1)];
}

/** All of them, some at once. */
async function liveAll(path: Path, canaries: readonly Canary[]): Promise<string[]> {
  const waiting = [...canaries];
  const codes: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      codes.push(...(await live(path, next)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return codes;
}

/** Until every message was sent or given up, and every receipt has come in. */
async function settle(path: Path): Promise<void> {
  const open = ["pending", "sending", "retry"].flatMap((it) => [`email ${it}`, `sms ${it}`]);
  const count = async () => {
    const deliveries = await countDeliveries(path);
    return [...open, "sms sent"].reduce((sum, status) => sum + (deliveries[status] ?? 0), 0);
  };
  await expect.poll(count, { timeout: 60_000, interval: 250 }).toBe(0);
  await path.providers.settle();
}

const countOf = (canaries: readonly Canary[], fate: Canary["fate"]) =>
  canaries.filter((it) => it.fate === fate).length;

test("of 1,000 codes, numbers and addresses none stands in any row, Redis value, log line or metric, sent, refused, undelivered, used or open (R-27)", {
  timeout: 300_000,
}, async () => {
  await using path = await openPath();
  const canaries = makeCanaries(PEOPLE);
  const codes = new Set(await liveAll(path, canaries));
  await settle(path);

  const find = createFinder({ codes, canaries });
  const kinds: Record<string, Place[]> = {
    rows: await readRows(path),
    redis: await readRedis(path),
    logs: readLogs(path),
    metrics: await readMetrics(path),
  };
  const leaks = Object.values(kinds)
    .flat()
    .flatMap(({ name, text }) => find(text).map((secret) => `${secret} in ${name}: ${text}`));
  expect(leaks.slice(0, 10)).toEqual([]);

  const logs = Object.groupBy(kinds.logs!, ({ name }) => name);
  expect(logs["log auth.log"]?.length).toBeGreaterThan(PEOPLE);
  expect(logs["log notifier.log"]?.length).toBeGreaterThan(PEOPLE);
  for (const name of ["postern_deliveries_total", "http_request_duration_seconds"]) {
    expect(kinds.metrics!.some(({ text }) => text.startsWith(name))).toBe(true);
  }
  // The same search finds each of them where it has to be: nothing above was passed over.
  const texts = takenTexts(path).map(({ to, text }) => `${to} ${text}`);
  const outside = [await readAddresses(path), ...path.inbox.messages().map(({ text }) => text)];
  const found = new Set([...outside, ...texts].flatMap(find));
  const unsent = countOf(canaries, "text_refused") + countOf(canaries, "mail_refused");
  expect(found.size).toBe(codes.size + 2 * PEOPLE - unsent);
  expect(codes.size).toBeGreaterThan(900);
  expect(await countDeliveries(path)).toMatchObject({
    "sms delivered": 2 * countOf(canaries, "delivered"),
    "sms undelivered": 2 * countOf(canaries, "undelivered"),
    "sms failed": countOf(canaries, "text_refused"),
  });
  const places = Object.entries(kinds).map(([kind, { length }]) => `${length} ${kind}`);
  process.stdout.write(`${found.size + unsent} canaries looked for in ${places.join(", ")}\n`);
});
