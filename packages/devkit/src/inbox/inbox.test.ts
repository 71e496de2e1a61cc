import { connect } from "node:net";
import { createInterface } from "node:readline/promises";
import { expect, test } from "vitest";
import { PortTakenError } from "../find-free-port.ts";
import type { InboxMessage } from "./mailbox.ts";
import { startInbox } from "./start-inbox.ts";

type Mail = { to: string[]; lines: string[] };

/** Speaks SMTP line by line and returns the last answer. */
async function sendMail(smtpUrl: string, { to, lines }: Mail): Promise<string> {
  const socket = connect(Number(new URL(smtpUrl).port), "127.0.0.1");
  const answers = createInterface({ input: socket })[Symbol.asyncIterator]();
  const commands = [
    "HELO client.example",
    "MAIL FROM:<postern@example.com>",
    ...to.map((address) => `RCPT TO:<${address}>`),
    "DATA",
    [...lines, "."].join("\r\n"),
  ];
  let answer = String((await answers.next()).value);
  for (const command of commands) {
    socket.write(`${command}\r\n`);
    answer = String((await answers.next()).value);
    if (/^[45]/.test(answer)) break;
  }
  socket.destroy();
  return answer;
}

const codeMail = {
  to: ["ada@example.com"],
  lines: [
    "From: Postern <postern@example.com>",
    "To: ada@example.com",
    "Subject: =?utf-8?Q?Your_code_=E2=80=93_now?=",
    "Message-ID: <one@example.com>",
    "Content-Type: multipart/alternative; boundary=x",
    "",
    "--x",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "Your code is 048 213. See https://example.com/help?a=1&b=2.",
    "--x",
    "Content-Type: text/html; charset=utf-8",
    "",
    "<p>Your code is <b>048213</b></p><script>alert(1)</script>",
    "--x--",
  ],
};

async function readJson(webUrl: string): Promise<InboxMessage[]> {
  const answer = await fetch(`${webUrl}/api/messages`);
  return (await answer.json()) as InboxMessage[];
}

test("a mail comes out as JSON with its code, newest first", async () => {
  await using inbox = await startInbox();
  await sendMail(inbox.smtpUrl, codeMail);
  await sendMail(inbox.smtpUrl, { to: ["bob@example.com"], lines: ["Subject: Hello", "", "Hi"] });

  const [second, first] = await readJson(inbox.webUrl);
  expect(second).toMatchObject({ to: "bob@example.com", subject: "Hello", code: null, html: null });
  expect(first).toMatchObject({
    kind: "email",
    from: "postern@example.com",
    to: "ada@example.com",
    subject: "Your code – now",
    messageId: "<one@example.com>",
    code: "048213",
  });
  expect(Date.parse(first!.receivedAt)).toBeGreaterThan(Date.now() - 10_000);
});

test("every recipient of the envelope gets a message, whatever the headers say", async () => {
  await using inbox = await startInbox();
  await sendMail(inbox.smtpUrl, { ...codeMail, to: ["ada@example.com", "eve@example.com"] });
  expect(inbox.messages().map(({ to }) => to)).toEqual(["eve@example.com", "ada@example.com"]);
});

test("markup in a message is text on the page, and harmless in its frame", async () => {
  await using inbox = await startInbox();
  const lines = ["Subject: <img src=x onerror=alert(1)>", "", `</pre><script>alert("1")</script>`];
  await sendMail(inbox.smtpUrl, { to: ["bob@example.com"], lines });
  await sendMail(inbox.smtpUrl, codeMail);

  const page = await fetch(inbox.webUrl);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const markup = await page.text();
  expect(markup).not.toMatch(/<img|<b>|<script>/);
  expect(markup).toContain("&lt;script&gt;alert(&quot;1&quot;)");
  expect(markup).toContain('href="https://example.com/help?a=1&amp;b=2"');

  const frame = /src="(\/messages\/[^"]+\/html)"\s+sandbox="allow-popups/.exec(markup)?.[1];
  const mail = await fetch(inbox.webUrl + frame);
  expect(mail.headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
  expect(await mail.text()).toContain("<b>048213</b>");
});

test("the page's own files are served, and nothing beside them", async () => {
  await using inbox = await startInbox();
  const statusOf = async (path: string) => (await fetch(inbox.webUrl + path)).status;
  expect(await Promise.all(["/page.js", "/page.css", "/icon.svg"].map(statusOf))).toEqual([
    200, 200, 200,
  ]);
  expect(await Promise.all(["/%2e%2e/web.ts", "/toString"].map(statusOf))).toEqual([404, 404]);
});

test("an arrival is announced, and the page asks only for what is newer", async () => {
  await using inbox = await startInbox();
  await sendMail(inbox.smtpUrl, codeMail);
  const seen = inbox.messages()[0]!.id;
  const events = (await fetch(`${inbox.webUrl}/events`)).body!.pipeThrough(new TextDecoderStream());
  const sent = sendMail(inbox.smtpUrl, { to: ["bob@example.com"], lines: ["", "Hi"] });
  let told = "";
  for await (const chunk of events) {
    told += chunk;
    if (told.includes("data:")) break;
  }
  await sent;

  const newer = await (await fetch(`${inbox.webUrl}/messages?after=${seen}`)).text();
  expect(newer).toContain("bob@example.com");
  expect(newer).not.toContain("ada@example.com");
});

test("waiting ends with the message, or in time with none", async () => {
  await using inbox = await startInbox();
  const waiting = inbox.waitFor({ to: "ADA@example.com", timeoutMs: 5_000 });
  await sendMail(inbox.smtpUrl, codeMail);
  expect((await waiting).code).toBe("048213");

  const since = new Date(Date.now() + 1_000);
  const late = inbox.waitFor({ to: "ada@example.com", since, timeoutMs: 50 });
  await expect(late).rejects.toThrow("No message for ada@example.com came within 50 ms.");
});

test("a text message arrives by JSON only", async () => {
  await using inbox = await startInbox();
  const body = JSON.stringify({
    to: "+254700000678",
    text: "123456 is your code. @x.example #123456",
  });
  const post = (type: string, text: string) =>
    fetch(`${inbox.webUrl}/api/messages`, {
      method: "POST",
      headers: { "Content-Type": type },
      body: text,
    });
  expect((await post("application/json", body)).status).toBe(201);
  expect((await post("text/plain", body)).status).toBe(415);
  expect((await post("application/json", '{"to":["x"],"text":"y"}')).status).toBe(400);
  expect(inbox.messages()).toMatchObject([{ kind: "sms", to: "+254700000678", code: "123456" }]);
});

test("a foreign name that points here reads nothing", async () => {
  await using inbox = await startInbox();
  const { port } = new URL(inbox.webUrl);
  const socket = connect(Number(port), "127.0.0.1");
  socket.write("GET /api/messages HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  const [status] = await createInterface({ input: socket })
    [Symbol.asyncIterator]()
    .next()
    .then(({ value }) => [String(value)]);
  expect(status).toContain("421");
});

test("only the newest are kept, and a test can have recipients refused", async () => {
  const refuse = (to: string) =>
    to.startsWith("no") ? { code: 550, message: "No such mailbox" } : undefined;
  await using inbox = await startInbox({ messagesMax: 2, refuse });
  for (const name of ["a", "b", "c"]) {
    await sendMail(inbox.smtpUrl, { to: [`${name}@example.com`], lines: ["", "Hi"] });
  }
  expect(inbox.messages().map(({ to }) => to)).toEqual(["c@example.com", "b@example.com"]);

  const answer = await sendMail(inbox.smtpUrl, { to: ["no@example.com"], lines: ["", "Hi"] });
  expect(answer).toMatch(/^550 No such mailbox/);
});

test("a port in use is told apart from other failures", async () => {
  await using inbox = await startInbox();
  const smtpPort = Number(new URL(inbox.smtpUrl).port);
  await expect(startInbox({ smtpPort })).rejects.toBeInstanceOf(PortTakenError);
});
