import type { Catalogue, MailName, SmsName } from "./catalogue.ts";
import { composeMail } from "./compose-mail.ts";
import { english } from "./english.ts";
import { french } from "./french.ts";
import type { Sender } from "./sender.ts";
import { swahili } from "./swahili.ts";
import type { MailTemplate, SmsTemplate } from "./template.ts";

/** Every language we speak, the one to fall back to first. */
export const catalogues: readonly Catalogue[] = [english, swahili, french];

/** An app's own templates, by `name.locale` in lower case. */
export type Overrides = ReadonlyMap<string, MailTemplate | SmsTemplate>;

type Wanted = Readonly<{ sender: Sender; overrides: Overrides; locale: string }>;
type WantedMail = Wanted & Readonly<{ name: MailName; channel: "email" }>;
type WantedSms = Wanted & Readonly<{ name: SmsName; channel: "sms" }>;
type Found<T> = Readonly<{ template: T; catalogue: Catalogue }>;

/**
 * The template in the wanted language: `sw-KE`, else `sw`, else English, and of each the app's own
 * before ours. Beside it the catalogue whose words go with it.
 */
export function findTemplate(wanted: WantedMail): Found<MailTemplate>;
export function findTemplate(wanted: WantedSms): Found<SmsTemplate>;
export function findTemplate(wanted: WantedMail | WantedSms): Found<MailTemplate | SmsTemplate> {
  for (const locale of fallbacks(wanted.locale)) {
    const catalogue = catalogues.find((it) => it.locale === locale);
    const own = wanted.overrides.get(`${wanted.name}.${locale}`);
    if (own) return { template: own, catalogue: catalogue ?? { ...wordsFor(locale), locale } };
    if (catalogue) return { template: templateOf(catalogue, wanted), catalogue };
  }
  return { template: templateOf(english, wanted), catalogue: english };
}

function fallbacks(locale: string): string[] {
  const tag = locale.toLowerCase();
  const [language = tag] = tag.split("-");
  return [...new Set([tag, language, english.locale])];
}

/** For the lines around an app's own template in a language of its own. */
const wordsFor = (locale: string): Catalogue =>
  catalogues.find((it) => locale.startsWith(`${it.locale}-`)) ?? english;

const templateOf = (catalogue: Catalogue, wanted: WantedMail | WantedSms) =>
  wanted.channel === "sms"
    ? { text: catalogue.sms[wanted.name] }
    : composeMail(catalogue, wanted.name, wanted.sender.support !== null);
