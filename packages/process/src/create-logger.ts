import { type DestinationStream, type Logger, pino } from "pino";
import { describeError } from "./describe-error.ts";

export type LoggerOptions = {
  service: string;
  /** A pino level: fatal, error, warn, info, debug, trace, silent. */
  level: string;
  /** Standard output unless a test wants to read it. */
  destination?: DestinationStream;
};

const SECRET_FIELDS = [
  "accessToken",
  "authorization",
  "code",
  "cookie",
  "currentPassword",
  "deviceToken",
  "email",
  "key",
  "newPassword",
  "parameters",
  "params",
  "password",
  "pendingToken",
  "phone",
  "recipient",
  "refreshToken",
  "secret",
  "seed",
  "set-cookie",
  "to",
  "token",
] as const;

const paths = SECRET_FIELDS.flatMap((field) => [
  `["${field}"]`,
  `*["${field}"]`,
  `*.*["${field}"]`,
]);

/** Written at once: pino's own default writes behind our back, and a process that exits loses or reorders lines. */
const STANDARD_OUTPUT = 1;
const CENSOR = "[redacted]";
const TOKENS = /\b(?:prt|pdv|pak)_[\w-]{8,}|\beyJ[\w-]{8,}\.[\w-]{1,4096}\.?[\w-]{0,1024}/g;
/** Bounded repeats: a long line without an @ must not cost more than its length. */
const EMAILS = /[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}/gi;

/**
 * JSON lines without secrets, and without addresses and phone numbers of people.
 *
 * Three nets: known field names are censored, errors are described field by field, and a finished
 * line is searched for tokens and email addresses, should one come inside a text.
 */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    redact: { paths, censor: CENSOR },
    serializers: { err: (error: unknown) => describeError(error) },
    hooks: { streamWrite: scrub },
  };
  return pino(options, destination ?? pino.destination({ dest: STANDARD_OUTPUT, sync: true }));
}

const scrub = (line: string): string => line.replace(TOKENS, CENSOR).replace(EMAILS, CENSOR);
