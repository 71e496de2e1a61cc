import { type CodePurpose, codeMessage, messages, type OpenedMessage } from "@postern/messages";
import type { Catalogue, MailName, SmsName } from "./catalogue.ts";
import { valuesOf } from "./fill-values.ts";
import { findTemplate, type Overrides } from "./find-template.ts";
import { escapeHtml } from "./html.ts";
import { codeBlock, layout, linkBlock, paragraph } from "./layout.ts";
import { fill, type Values } from "./placeholders.ts";
import type { Sender } from "./sender.ts";
import { smsName, writeSms } from "./sms-text.ts";
import type { MailTemplate } from "./template.ts";

/** A message as its channel sends it. */
export type Rendered =
  | Readonly<{ channel: "email"; subject: string; text: string; html: string }>
  | Readonly<{ channel: "sms"; text: string }>;

export type RenderInput = Readonly<{
  secondsLeft: number;
  /** Of the row. One that we do not speak falls back to its language, then to English. */
  locale: string;
}>;

export type Renderer = (message: OpenedMessage, input: RenderInput) => Rendered;

/** Writes messages out in one sender's name. `overrides` go before our own texts. */
export function createRenderer(sender: Sender, overrides: Overrides = new Map()): Renderer {
  const pages: Pages = new Map();
  return (message, input) => {
    const { channel } = messages[message.name];
    const work = { message, sender, overrides, input };
    return channel === "sms" ? renderSms(work) : renderMail(work, pages);
  };
}

/** The HTML of mails with their placeholders left in: most of it is the same in each. */
type Pages = Map<string, string>;

type Work = { message: OpenedMessage; sender: Sender; overrides: Overrides; input: RenderInput };

function renderSms({ message, sender, overrides, input }: Work): Rendered {
  const { template, catalogue } = findTemplate({
    name: message.name as SmsName,
    channel: "sms",
    ...{ sender, overrides, locale: input.locale },
  });
  const appName = smsName(sender);
  const values = valuesOf(message, { ...input, catalogue, sender: { ...sender, appName } });
  const { code } = message;
  // A code is bound to a host; its port is no part of the format.
  const host = sender.host?.replace(/:\d+$/, "");
  const origin = code !== null && host !== undefined ? { host, code } : null;
  const offer = offerOf(message, catalogue);
  return { channel: "sms", text: writeSms({ text: template.text, values, origin, offer }) };
}

function renderMail({ message, sender, overrides, input }: Work, pages: Pages): Rendered {
  const { template, catalogue } = findTemplate({
    name: message.name as MailName,
    channel: "email",
    ...{ sender, overrides, locale: input.locale },
  });
  const values = valuesOf(message, { ...input, catalogue, sender });
  const offer = offerOf(message, catalogue);
  const whole = offer === null ? template : { ...template, body: [...template.body, offer] };
  const signature = signatureOf(sender, catalogue);
  const key = `${message.name} ${catalogue.locale} ${offer}`;
  let page = whole.html ?? pages.get(key);
  if (page === undefined) {
    page = writePage(whole, {
      ...{ signature, catalogue },
      // Without a page the secret stands there itself, to be typed in.
      hasButton: sender.resetPageUrl !== null,
    });
    pages.set(key, page);
  }
  return {
    channel: "email",
    subject: fill(whole.subject, values),
    text: writeText(whole, values, signature),
    html: fill(page, values, escapeHtml),
  };
}

const signatureOf = ({ host }: Sender, { words }: Catalogue): string =>
  host === null ? words.signature : words.signatureWithHost;

const writeText = ({ body, closing }: MailTemplate, values: Values, signature: string): string =>
  fill([...body, ...closing, `-- \n${signature}\n`].join("\n\n"), values);

type PageOptions = { signature: string; catalogue: Catalogue; hasButton: boolean };

function writePage(template: MailTemplate, { signature, catalogue, hasButton }: PageOptions) {
  const blocks = template.body.map((text) => {
    if (text === "{{code}}") return codeBlock(text);
    return text === "{{link}}" && hasButton
      ? linkBlock(text, catalogue.words.openLink)
      : paragraph(text);
  });
  const closing = template.closing.map((text) => paragraph(text, true));
  return layout({
    locale: catalogue.locale,
    subject: template.subject,
    appName: "{{app}}",
    signature,
    content: [...blocks, ...closing],
  });
}

/** Said with the last code that comes this way, where the same is to be had another way. */
function offerOf({ name, offersOtherChannel }: OpenedMessage, { words }: Catalogue): string | null {
  const { channel, purpose }: { channel: string; purpose?: CodePurpose } = messages[name];
  if (!offersOtherChannel || purpose === undefined) return null;
  const other = channel === "sms" ? "email" : "sms";
  if (codeMessage(other, purpose) === null) return null;
  return other === "email" ? words.askByEmail : words.askBySms;
}
