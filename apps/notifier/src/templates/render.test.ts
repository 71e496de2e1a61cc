import { expect, test } from "vitest";
import { html } from "./html.ts";
import { render } from "./render.ts";
import { describeLife } from "./render-code.ts";

const message = {
  name: "verify_email_code",
  to: "ada@example.com",
  variables: {},
  code: "012345",
  linkSecret: null,
} as const;
function renderMail(...input: Parameters<typeof render>) {
  const rendered = render(...input);
  if (rendered.channel !== "email") throw new TypeError("This is a text message.");
  return rendered;
}

const sender = { appName: "Ada & Co <script>", host: "auth.example.com" };

test("text and HTML carry the code, its life and what to do if it was not asked for", () => {
  const mail = renderMail(message, { sender, secondsLeft: 300, locale: "en" });
  for (const body of [mail.text, mail.html]) {
    expect(body).toContain("012345");
    expect(body).toContain("It is good for 5 minutes and can be used once.");
    expect(body).toContain("If you did not ask for it, ignore this mail.");
    expect(body).toContain("auth.example.com");
  }
  expect(mail.text).toMatch(/^012345$/m);
  expect(mail.subject).toBe("Confirm your email address for Ada & Co <script>");
});

test("the subject never holds the code, and neither body the recipient", () => {
  for (const name of ["verify_email_code", "sign_in_code"] as const) {
    const mail = renderMail({ ...message, name }, { sender, secondsLeft: 300, locale: "en" });
    expect(mail.subject).not.toContain(message.code);
    expect(mail.text + mail.html).not.toContain(message.to);
  }
});

test("what is put into HTML is escaped, and nothing is loaded from anywhere", () => {
  const { html: body } = renderMail(message, { sender, secondsLeft: 300, locale: "en" });
  expect(body).toContain("Ada &amp; Co &lt;script&gt;");
  expect(body).not.toMatch(/<script|<img|https?:|url\(/);
  expect(html`<p>${html`<b>${"<&\"'>"}</b>`}</p>`.text).toBe(
    "<p><b>&lt;&amp;&quot;&#39;&gt;</b></p>",
  );
});

test("the life is told in whole minutes, at least one", () => {
  expect([300, 299.2, 150, 89, 20, 0.5].map(describeLife)).toEqual([
    "5 minutes",
    "5 minutes",
    "3 minutes",
    "1 minute",
    "1 minute",
    "1 minute",
  ]);
});
