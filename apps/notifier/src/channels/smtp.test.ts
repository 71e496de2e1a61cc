import { expect, test } from "vitest";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { readMailFrom } from "./mail-from.ts";
import { createSmtpChannel } from "./smtp.ts";
import { cleanServerText, readSmtpError } from "./smtp-refusal.ts";
import { readSmtpUrl } from "./smtp-server.ts";

const never = new AbortController().signal;
const mail = { deliveryId: "d1", to: "ada@example.com", subject: "s", text: "t", html: "<p>t</p>" };

const channelTo = (url: string) =>
  createSmtpChannel({
    server: readSmtpUrl(url)!,
    from: { name: "Postern", address: "no-reply@postern.test" },
    connectionsMax: 1,
  });

test.for([
  "<b@attacker.example>a@victim.example",
  "a@victim.example\r\nBcc: c@attacker.example",
  "a@victim.example, b@attacker.example",
  "a@victim.example;b@attacker.example",
  '"e@attacker.example"@victim.example',
  "e@attacker.example(@victim.example",
  "a@ⓥictim.example",
  "a＠victim.example",
  "A@Victim.example",
  "",
])("%j reaches no RCPT", async (to) => {
  await using sink = await startSmtpSink();
  const channel = channelTo(sink.url);
  const answer = await channel.send({ ...mail, to }, never);
  channel.close();
  expect(answer).toMatchObject({ sent: false, isFinal: true, errorCode: "invalid_recipient" });
  expect(sink.recipients).toEqual([]);
});

test("a mail has one recipient, and says that a machine wrote it", async () => {
  await using sink = await startSmtpSink();
  const channel = channelTo(sink.url);
  const answer = await channel.send(mail, never);
  channel.close();
  const providerMessageId = "<d1@postern.test>";
  expect(answer).toEqual({ sent: true, provider: "smtp", providerMessageId });
  expect(sink.mails).toMatchObject([{ from: "no-reply@postern.test", to: [mail.to] }]);
  expect(sink.mails[0]?.raw).toContain("Auto-Submitted: auto-generated");
  expect(sink.mails[0]?.raw).toMatch(/^From: Postern <no-reply@postern.test>$/m);
});

test("an attempt can be cut off, and then is to be tried again", async () => {
  const cutOff = new AbortController();
  await using sink = await startSmtpSink({
    answerMail: () => {
      cutOff.abort();
      return new Promise(() => undefined);
    },
  });
  const channel = channelTo(sink.url);
  const answer = await channel.send(mail, cutOff.signal);
  channel.close();
  expect(answer).toMatchObject({ sent: false, isFinal: false, errorCode: "smtp_abort" });
});

test("a refused sign-in or sender is no fault of the message: it waits", () => {
  const refuse = (command: string) =>
    readSmtpError(
      Object.assign(new Error("no"), { responseCode: 550, permanent: true, command }),
      mail.to,
    ).isFinal;
  expect(["AUTH PLAIN", "MAIL FROM", "CONN"].map(refuse)).toEqual([false, false, false]);
  expect(["RCPT TO", "DATA"].map(refuse)).toEqual([true, true]);
});

test("a connection that was lost goes by another code than one that never stood", () => {
  const codeOf = (parts: object) => readSmtpError(Object.assign(new Error("no"), parts), mail.to);
  const lost = [{ code: "ESOCKET", syscall: "read" }, { code: "ECONNECTION" }];
  expect(lost.map((it) => codeOf(it).errorCode)).toEqual(["smtp_connection", "smtp_connection"]);
  expect(codeOf({ code: "ESOCKET", syscall: "connect" }).errorCode).toBe("smtp_socket");
  expect(codeOf({ code: "ETIMEDOUT", command: "CONN" }).errorCode).toBe("smtp_unreachable");
  expect(codeOf({ code: "ETIMEDOUT", command: "DATA" }).errorCode).toBe("smtp_timedout");
});

test("a server that is not there is named and nothing else", async () => {
  const channel = channelTo("smtp://127.0.0.1:1");
  const answer = await channel.send(mail, never);
  channel.close();
  expect(answer).toMatchObject({ sent: false, isFinal: false, errorCode: "smtp_socket" });
});

test.for([
  ["550 5.1.1 <ada@example.com>: unknown", "550 5.1.1 *** unknown"],
  ["550 ADA is not here, code 12345678", "550 *** is not here, code ***"],
  ["550 adapter fault\r\nX-Evil: 1\u0000\u202e", "550 adapter fault X-Evil: 1"],
  ["550 \ud800 ada", "550 \ufffd ***"],
])("%j is logged as %j", ([said, kept]) => {
  expect(cleanServerText(said!, "ada@example.com")).toBe(kept);
});

test("a long answer is cut to what the column holds", () => {
  expect(cleanServerText("no ".repeat(1_000), "ada@example.com").length).toBeLessThanOrEqual(500);
});

test.for([
  ["smtp://127.0.0.1:1025", { host: "127.0.0.1", port: 1025, secure: false, requireTLS: false }],
  ["smtp://mail.example.com", { port: 587, secure: false, requireTLS: false }],
  ["smtp://u:p%40@mail.example.com", { requireTLS: true, auth: { user: "u", pass: "p@" } }],
  ["smtps://u:p@mail.example.com", { port: 465, secure: true, requireTLS: false }],
  ["smtp://[::1]:25", { host: "::1", port: 25 }],
] as const)("%s is read", ([url, server]) => {
  expect(readSmtpUrl(url)).toMatchObject(server);
});

test.for(["http://mail", "smtp://", "smtp://mail/?disableFileAccess=false", "smtp://m/p", "mail"])(
  "%s is no mail server",
  (url) => {
    expect(readSmtpUrl(url)).toBeNull();
  },
);

test.for([
  ["no-reply@example.com", { name: "App", address: "no-reply@example.com" }],
  ["Example <no-reply@Example.com>", { name: "Example", address: "no-reply@example.com" }],
  ['"Example, Inc." <a@example.com>', { name: "Example, Inc.", address: "a@example.com" }],
  ["a@example.com, b@example.com", null],
  ["Example\r\n <a@example.com>", null],
] as const)("%j is the sender %j", ([text, from]) => {
  expect(readMailFrom(text, "App")).toEqual(from);
});
