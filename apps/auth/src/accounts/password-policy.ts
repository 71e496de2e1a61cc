import type { Config } from "../config.ts";

export type PasswordFault = "too_short" | "is_the_email" | "is_the_app_name";

/**
 * What speaks against a new password. Length is counted in Unicode code points;
 * there is no rule about which characters it is made of (NIST SP 800-63B-4, 3.1.1.2).
 */
export function findPasswordFaults(
  { passwordMinLength, appName }: Pick<Config, "passwordMinLength" | "appName">,
  { password, email }: { password: string; email: string },
): PasswordFault[] {
  const folded = fold(password);
  const [localPart = ""] = email.split("@");
  const faults: PasswordFault[] = [];
  if ([...password.normalize("NFC")].length < passwordMinLength) {
    faults.push("too_short");
  }
  if (folded === fold(email) || folded === fold(localPart)) {
    faults.push("is_the_email");
  }
  if (folded === fold(appName)) {
    faults.push("is_the_app_name");
  }
  return faults;
}

const fold = (text: string): string => text.normalize("NFC").toLowerCase();
