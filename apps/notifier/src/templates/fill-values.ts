import { messages, type OpenedMessage } from "@postern/messages";
import type { Catalogue } from "./catalogue.ts";
import { fill, type Values } from "./placeholders.ts";
import type { Sender } from "./sender.ts";

const SECONDS_A_MINUTE = 60;
const TIMES: ReadonlySet<string> = new Set(["at", "until", "since"]);
const PROVIDERS: Values = {
  google: "Google",
  github: "GitHub",
  microsoft: "Microsoft",
  apple: "Apple",
};

/** Placeholders that every message has. */
const COMMON_PLACEHOLDERS = ["app", "host", "support"] as const;

export type ValueInput = Readonly<{ sender: Sender; catalogue: Catalogue; secondsLeft: number }>;

/** What stands for each placeholder of a message, in the words of a language. */
export function valuesOf(message: OpenedMessage, input: ValueInput): Values {
  const { sender, catalogue, secondsLeft } = input;
  const variables = Object.entries(message.variables).map(([name, value]) => [
    name,
    wordFor(name, oneLine(value), catalogue),
  ]);
  return {
    app: sender.appName,
    host: sender.host ?? "",
    support: sender.support ?? "",
    life: describeLife(secondsLeft, catalogue),
    code: message.code ?? "",
    link: linkOf(message.linkSecret, sender),
    ...Object.fromEntries(variables),
  };
}

/** The placeholders that a message's own texts may name. */
export function placeholdersOf(name: OpenedMessage["name"]): string[] {
  const kind: { digits?: number; link?: string; variables: readonly string[] } = messages[name];
  return [
    ...COMMON_PLACEHOLDERS,
    ...(kind.digits === undefined ? [] : ["code", "life"]),
    ...(kind.link === undefined ? [] : ["link", "life"]),
    ...kind.variables,
  ];
}

/** Whole minutes, to the nearest; below one and a half, seconds tell nobody anything: one minute. */
export function describeLife(seconds: number, { words }: Pick<Catalogue, "words">): string {
  const minutes = Math.max(1, Math.round(seconds / SECONDS_A_MINUTE));
  return minutes === 1 ? words.minute : fill(words.minutes, { count: String(minutes) });
}

function wordFor(name: string, value: string, { locale, words }: Catalogue): string {
  if (TIMES.has(name)) return describeTime(value, locale);
  if (name === "method" && Object.hasOwn(words.methods, value)) {
    return words.methods[value as keyof typeof words.methods];
  }
  return name === "provider" && Object.hasOwn(PROVIDERS, value) ? (PROVIDERS[value] ?? "") : value;
}

/** ISO 8601 as people of that language write it, in UTC; what is no time stays as it is. */
export function describeTime(value: string, locale: string): string {
  const time = new Date(value);
  if (Number.isNaN(time.getTime())) return value;
  // English by itself is American: month first, and twelve hours.
  const format = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, {
    dateStyle: "long",
    timeStyle: "short",
    hourCycle: "h23",
    timeZone: "UTC",
  });
  return `${format.format(time)} UTC`;
}

/** Without a page the secret itself, to be typed in where the app asks for it. */
function linkOf(secret: string | null, { resetPageUrl }: Sender): string {
  if (secret === null || resetPageUrl === null) return secret ?? "";
  const url = new URL(resetPageUrl);
  url.searchParams.set("token", secret);
  return url.href;
}

/** No value begins a paragraph or a header of its own. */
const oneLine = (value: string): string => value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
