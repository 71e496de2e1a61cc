import { hash } from "node:crypto";
import type { Logger } from "pino";

const TIMEOUT_MILLISECONDS = 1_000;
const PREFIX_CHARS = 5;

export type BreachCheck = {
  /**
   * Whether a password is known from a breach. A service that is down, slow or strange must not keep
   * people from changing their password: then the answer is no, it is counted, and a warning logged.
   */
  isBreached(password: string): Promise<boolean>;
  /** Passwords since the start that were taken without an answer. */
  failures(): number;
};

/**
 * Asks by k-anonymity: five digits of a password's SHA-1 leave this process, and the answer lists
 * every known digest that begins with them (the range API of Have I Been Pwned, v3). The answer is
 * padded, so that its length tells nothing either. Without a `url` no password is breached.
 */
export function createBreachCheck({ url, log }: { url: string | null; log: Logger }): BreachCheck {
  let failures = 0;
  return {
    async isBreached(password) {
      if (url === null) return false;
      const digest = hash("sha1", password.normalize("NFC"), "hex").toUpperCase();
      try {
        const range = await readRange(`${url}/${digest.slice(0, PREFIX_CHARS)}`);
        return isListed(range, digest.slice(PREFIX_CHARS));
      } catch (error) {
        failures += 1;
        log.warn({ err: error }, "the check of a new password against breaches failed");
        return false;
      }
    },
    failures: () => failures,
  };
}

async function readRange(url: string): Promise<string> {
  const answer = await fetch(url, {
    headers: { "add-padding": "true", "user-agent": "postern" },
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  if (!answer.ok) {
    throw new Error(`The breach check answered ${answer.status}.`);
  }
  return answer.text();
}

/** Lines of `suffix:count`; what is there for padding alone has the count 0. */
const isListed = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => {
    const [listed, count] = line.split(":");
    return listed?.toUpperCase() === suffix && Number(count) > 0;
  });
