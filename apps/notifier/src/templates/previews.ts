import { type MessageName, messages } from "@postern/messages";
import { measureSms, type SmsLength } from "../channels/sms-segments.ts";
import { catalogues, type Overrides } from "./find-template.ts";
import { createRenderer, type Rendered } from "./render.ts";
import { sampleMessage } from "./sample-message.ts";
import type { Sender } from "./sender.ts";

/** A message as it looks, of made-up data. */
export type Preview = Rendered &
  Readonly<{ name: string; locale: string; length: SmsLength | null }>;

const CODE_SECONDS = 300;
const LINK_SECONDS = 1_800;

/** Every message in every language that we or the app's own templates speak. */
export function renderPreviews(sender: Sender, overrides: Overrides): Preview[] {
  const render = createRenderer(sender, overrides);
  const own = [...overrides.keys()].map((key) => key.slice(key.indexOf(".") + 1));
  const locales = [...new Set([...catalogues.map(({ locale }) => locale), ...own])];
  return (Object.keys(messages) as MessageName[]).flatMap((name) =>
    locales.map((locale) => {
      const message = sampleMessage(name);
      const secondsLeft = message.linkSecret === null ? CODE_SECONDS : LINK_SECONDS;
      const rendered = render(message, { locale, secondsLeft });
      const length = rendered.channel === "sms" ? measureSms(rendered.text) : null;
      return { ...rendered, name, locale, length };
    }),
  );
}
