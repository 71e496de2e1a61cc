import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { findCode, type Mailbox } from "./mailbox.ts";

const BODY_BYTES_MAX = 16_384;

type Answer = { status: number; answer: unknown };

/**
 * Takes `{to, text, from?}` as a text message: how the notifier's inbox channel delivers SMS.
 *
 * JSON only, which a foreign page cannot send here without asking first, and it is never allowed.
 */
export async function receiveSms(request: IncomingMessage, mailbox: Mailbox): Promise<Answer> {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    return { status: 415, answer: { error: "Send application/json." } };
  }
  const sms = parseSms(await readBody(request));
  if (!sms) return { status: 400, answer: { error: "Send {to, text, from?} as texts." } };
  const id = randomUUID();
  mailbox.add({
    id,
    kind: "sms",
    from: sms.from,
    to: sms.to,
    subject: "",
    text: sms.text,
    html: null,
    receivedAt: new Date().toISOString(),
    messageId: null,
    code: findCode(sms.text),
  });
  return { status: 201, answer: { id } };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > BODY_BYTES_MAX) throw new Error("The body is too large.");
  }
  return body;
}

type Sms = { to: string; text: string; from: string };

function parseSms(body: string): Sms | undefined {
  try {
    const { to, text, from = "" } = JSON.parse(body) as Record<string, unknown>;
    const isWhole = typeof to === "string" && typeof text === "string" && typeof from === "string";
    return isWhole && to !== "" ? { to, text, from } : undefined;
  } catch {
    return undefined;
  }
}
