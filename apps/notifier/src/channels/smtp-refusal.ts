import type { Refused } from "./channel.ts";

/** What nodemailer hangs on its errors. */
type SmtpError = Error & {
  code?: string;
  responseCode?: number;
  response?: string;
  permanent?: boolean;
  command?: string;
  syscall?: string;
};

const MESSAGE_CHARACTERS_MAX = 500;

/** RFC 5321 commands whose refusal is about this message; others are about us or the connection. */
const ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(["RCPT TO", "DATA"]);

/**
 * Reads a failed attempt. Final is only a 5xx to RCPT TO or DATA, which the same message would get
 * again. A refused sign-in, sender or connection is a fault of the set-up: the row waits in retry
 * until an operator has mended it or it expires. A drop after the final dot is ambiguous, so it is
 * tried again, under the same Message-ID.
 */
export function readSmtpError(error: unknown, to: string): Refused {
  const { responseCode, permanent, command, response, message } = error as SmtpError;
  const isFinal = permanent === true && ABOUT_THE_MESSAGE.has(command ?? "");
  return {
    sent: false,
    isFinal,
    errorCode: responseCode ? `smtp_${responseCode}` : nameOf(codeOf(error as SmtpError)),
    errorMessage: cleanServerText(response ?? message, to),
  };
}

/**
 * A connection that never stood certainly sent nothing; one that was lost later may have, and goes
 * by a code of its own (deliveries/maybe-sent.ts).
 */
function codeOf({ code, command, syscall }: SmtpError): string | undefined {
  if (code === "ETIMEDOUT" && command === "CONN") return "unreachable";
  return code === "ESOCKET" && syscall !== "connect" ? "ECONNECTION" : code;
}

/** `ETIMEDOUT` becomes `smtp_timedout`. */
const nameOf = (code = "unknown"): string =>
  `smtp_${code
    .replace(/^E/, "")
    .replace(/[^A-Za-z0-9_]/g, "")
    .toLowerCase()
    .slice(0, 32)}`;

/**
 * What a server said, fit for a log: without addresses, without the recipient's name before the @,
 * without runs of four digits or more (a code, a phone number), on one line, at most 500 characters.
 */
export function cleanServerText(text: string, to: string): string {
  const local = to.slice(0, to.lastIndexOf("@"));
  const name = new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(local)}(?![\\p{L}\\p{N}])`, "giu");
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .replace(/\S*[@＠]\S*/gu, "***")
    .replace(local ? name : /(?!)/u, "***")
    .replace(/\d{4,}/g, "***")
    .trim()
    .slice(0, MESSAGE_CHARACTERS_MAX)
    .toWellFormed();
}
