import { hash } from "node:crypto";
import type { Deps } from "../deps.ts";

const TIMEOUT_MILLISECONDS = 1_000;
const PREFIX_CHARS = 5;

/**
 * Whether a password is known from a breach, asked by k-anonymity: five digits of its SHA-1 leave
 * this process, and the answer lists every known digest that begins with them (the range API of
 * Have I Been Pwned, v3). The answer is padded, so that its length tells nothing either.
 *
 * Off unless PASSWORD_BREACH_CHECK_URL is set. A service that is down, slow or strange must not
 * keep people from changing their password: then the answer is no, and a warning is logged.
 */
export async function isBreachedPassword(
  { config, log }: Pick<Deps, "config" | "log">,
  password: string,
): Promise<boolean> {
  const { breachCheckUrl } = config.passwordRules;
  if (breachCheckUrl === null) {
    return false;
  }
  const digest = hash("sha1", password.normalize("NFC"), "hex").toUpperCase();
  const prefix = digest.slice(0, PREFIX_CHARS);
  try {
    const range = await readRange(`${breachCheckUrl}/${prefix}`);
    return isListed(range, digest.slice(PREFIX_CHARS));
  } catch (error) {
    log.warn({ err: error }, "the check of a new password against breaches failed");
    return false;
  }
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
