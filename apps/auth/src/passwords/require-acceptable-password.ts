import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { isCommonPassword } from "./is-common-password.ts";

type PasswordFault = "too_short" | "is_the_email" | "is_the_app_name" | "is_common" | "is_breached";

export type NewPassword = {
  password: string;
  /** Of the account it is for; null where only a phone number is known. */
  email: string | null;
  /** Where the request has it. */
  field?: "password" | "newPassword";
  /** Asks no service outside: for callers who have proved nothing, however often they ask. */
  isOffline?: boolean;
};

type PolicyDeps = Pick<Deps, "config" | "breachCheck">;

/**
 * Refuses a new password that is easy to guess. There is no rule about which characters
 * it is made of (NIST SP 800-63B-4, 3.1.1.2), and nothing that an account's own data but its email
 * decides: the answer tells nobody who has an account.
 *
 * @throws Problem password_rejected with every reason.
 */
export async function requireAcceptablePassword(
  deps: PolicyDeps,
  input: NewPassword,
): Promise<void> {
  const faults = await findPasswordFaults(deps, input);
  if (faults.length > 0) {
    const pointer = `/${input.field ?? "password"}`;
    const errors = faults.map((message) => ({ pointer, message }));
    throw new Problem("password_rejected", { errors });
  }
}

async function findPasswordFaults(
  deps: PolicyDeps,
  { password, email, isOffline = false }: NewPassword,
): Promise<PasswordFault[]> {
  const folded = fold(password);
  const faults: [PasswordFault, boolean][] = [
    ["too_short", [...password.normalize("NFC")].length < deps.config.passwordRules.lengthMin],
    ["is_the_email", email !== null && isOfEmail(folded, email)],
    ["is_the_app_name", folded === fold(deps.config.appName)],
    ["is_common", await isCommonPassword(folded)],
  ];
  const found = faults.filter(([, isTrue]) => isTrue).map(([fault]) => fault);
  // Nobody else is asked about a password that is refused already.
  if (found.length > 0 || isOffline) {
    return found;
  }
  return (await deps.breachCheck.isBreached(password)) ? ["is_breached"] : [];
}

const fold = (text: string): string => text.normalize("NFC").toLowerCase();

const isOfEmail = (folded: string, email: string): boolean =>
  folded === fold(email) || folded === fold(email.slice(0, email.lastIndexOf("@")));
