import { type MessageName, messages } from "@postern/messages";
import { expect, test } from "vitest";
import { measureSms } from "../channels/sms-segments.ts";
import { describeLife, describeTime } from "./fill-values.ts";
import { catalogues } from "./find-template.ts";
import { html } from "./html.ts";
import { createRenderer, type RenderInput } from "./render.ts";
import { sampleMessage } from "./sample-message.ts";
import type { Sender } from "./sender.ts";

const sender: Sender = {
  appName: "Ada & Co <script>",
  host: "auth.example.com",
  support: "help@example.com",
  resetPageUrl: "https://auth.example.com/reset?lang=en",
};
const names = Object.keys(messages) as MessageName[];
const everything = names.flatMap((name) =>
  catalogues.map(({ locale }) => ({ name, locale, label: `${name} in ${locale}` })),
);
const english = { locale: "en", secondsLeft: 300 };

function renderMail(name: MessageName, input: RenderInput = english, by = sender) {
  const rendered = createRenderer(by)(sampleMessage(name), input);
  if (rendered.channel !== "email") throw new TypeError(`${name} is no mail.`);
  return rendered;
}

test.for(everything)(
  "$label says all that the message has, and leaves no placeholder",
  ({ name, locale }) => {
    const message = sampleMessage(name);
    const rendered = createRenderer(sender)(message, { locale, secondsLeft: 300 });
    const whole = JSON.stringify(rendered);
    expect(whole).not.toMatch(/\{\{|\}\}|undefined|null/);
    if (message.code !== null) expect(rendered.text).toContain(message.code);
    if (rendered.channel === "sms") return;
    expect(rendered.html).toContain(`<html lang="${locale}">`);
    expect(rendered.text).toMatch(/\n-- \n.+auth\.example\.com\.\n$/);
    for (const [variable, value] of Object.entries(message.variables)) {
      const isTold = ["at", "until", "since"].includes(variable)
        ? describeTime(value, locale)
        : ({ totp: "auth", google: "Google" }[value] ?? value);
      expect(rendered.text + rendered.subject).toContain(isTold);
    }
  },
);

test("one renderer writes each mail as one of its own would, whatever it wrote before", () => {
  const render = createRenderer(sender);
  const mails = everything.flatMap(({ name, locale }) =>
    [false, true].map((offersOtherChannel) => ({
      message: { ...sampleMessage(name), offersOtherChannel },
      input: { locale, secondsLeft: 300 },
    })),
  );
  for (const { message, input } of [...mails, ...mails.toReversed()]) {
    expect(render(message, input)).toEqual(createRenderer(sender)(message, input));
  }
});

test("no language says what another says", () => {
  for (const name of names.filter((it) => it !== "alert")) {
    const texts = catalogues.map(({ locale }) =>
      JSON.stringify(createRenderer(sender)(sampleMessage(name), { locale, secondsLeft: 300 })),
    );
    expect(new Set(texts).size).toBe(catalogues.length);
  }
});

test("text and HTML carry the code, its life and what to do if it was not asked for", () => {
  const mail = renderMail("verify_email_code");
  for (const body of [mail.text, mail.html]) {
    expect(body).toContain("123456");
    expect(body).toContain("It is good for 5 minutes and can be used once.");
    expect(body).toContain("If you did not ask for it, ignore this mail.");
  }
  expect(mail.text).toMatch(/^123456$/m);
  expect(mail.subject).toBe("Confirm your email address for Ada & Co <script>");
});

test("no subject holds a code or a link's secret, and no body the recipient", () => {
  for (const { name, locale } of everything.filter((it) => !it.name.endsWith("_sms"))) {
    const { to, code, linkSecret } = sampleMessage(name);
    const { subject, text, html: body } = renderMail(name, { locale, secondsLeft: 300 });
    for (const secret of [code, linkSecret]) if (secret) expect(subject).not.toContain(secret);
    expect(text + body).not.toContain(to);
  }
});

test("what is put into HTML is escaped, and nothing is loaded from anywhere", () => {
  const { html: body } = renderMail("new_device");
  expect(body).toContain("Ada &amp; Co &lt;script&gt;");
  expect(body).not.toMatch(/<script|<img|<link|https?:|url\(|@import/);
  expect(html`<p>${html`<b>${"<&\"'>"}</b>`}</p>`.text).toBe(
    "<p><b>&lt;&amp;&quot;&#39;&gt;</b></p>",
  );
});

test("a reset link leads to RESET_PAGE_URL with the token", () => {
  const { linkSecret } = sampleMessage("reset_password_link");
  const { text, html: body } = renderMail("reset_password_link", {
    ...english,
    secondsLeft: 1_800,
  });
  expect(text).toContain(`https://auth.example.com/reset?lang=en&token=${linkSecret}`);
  expect(body).toContain(`href="https://auth.example.com/reset?lang=en&amp;token=${linkSecret}"`);
  expect(text).toContain("good for 30 minutes");
});

test("mails about the account say what to do if it was not you, and whom to tell", () => {
  const alone = { ...sender, support: null };
  expect(renderMail("password_changed").text).toContain("tell us: help@example.com");
  const mail = renderMail("password_changed", english, alone);
  expect(mail.text).toContain("If this was not you, reset your password at once.");
  expect(renderMail("account_erased", english, alone).text).not.toContain("this was not you");
});

test.for([
  { locale: "sw-KE", subject: "Msimbo wako wa kuingia" },
  { locale: "FR", subject: "Votre code de connexion" },
  { locale: "de", subject: "Your sign-in code" },
  { locale: "../en", subject: "Your sign-in code" },
])("a row's locale $locale is answered by: $subject", ({ locale, subject }) => {
  expect(renderMail("sign_in_code", { locale, secondsLeft: 300 }).subject).toContain(subject);
});

test("times are told as the language tells them, in UTC, and no time stays a word", () => {
  const at = "2026-11-21T19:05:00.123Z";
  expect(["en", "sw", "fr"].map((locale) => describeTime(at, locale))).toEqual([
    "21 November 2026 at 19:05 UTC",
    "21 Novemba 2026, 19:05 UTC",
    "21 novembre 2026 à 19:05 UTC",
  ]);
  expect(describeTime("soon", "en")).toBe("soon");
});

test("a value cannot begin a line of its own", () => {
  const message = {
    ...sampleMessage("new_device"),
    variables: { device: "A\r\n\r\nB", address: "", at: "" },
  };
  const rendered = createRenderer(sender)(
    message as typeof message & { name: "new_device" },
    english,
  );
  expect(rendered.text).toContain("Device: A B\n");
});

test("the life is told in whole minutes, at least one", () => {
  const [en, sw] = catalogues;
  expect([300, 299.2, 150, 89, 20, 0.5].map((it) => describeLife(it, en!))).toEqual([
    "5 minutes",
    "5 minutes",
    "3 minutes",
    "1 minute",
    "1 minute",
    "1 minute",
  ]);
  expect(describeLife(300, sw!)).toBe("dakika 5");
});

test("with the last resend a code's message offers the other channel, where there is one", () => {
  const offered = (name: MessageName, locale = "en") =>
    createRenderer({ ...sender, appName: "Postern" })(
      { ...sampleMessage(name), offersOtherChannel: true },
      { locale, secondsLeft: 300 },
    ).text;
  expect(offered("sign_in_code")).toContain("ask for the next one by text message");
  expect(offered("sign_in_code_sms")).toContain("Ask for it by email");
  expect(offered("sign_in_code_sms", "sw")).toContain("Uombe kwa barua pepe");
  expect(offered("verify_email_code")).not.toContain("text message");
  expect(offered("sign_in_code_sms", "fr")).toContain("Demandez-le par e-mail");
  expect(measureSms(offered("sign_in_code_sms", "fr"))).toEqual({ encoding: "GSM-7", segments: 1 });
});
