import { createPasswordHasher } from "@postern/crypto";
import { changePassword } from "../accounts/change-password.ts";
import { queueEmail } from "../accounts/queue-email.ts";
import { queueSms } from "../accounts/queue-sms.ts";
import { recordExport } from "../accounts/record-export.ts";
import { trackSignIn } from "../accounts/track-sign-in.ts";
import type { Database } from "../database.ts";
import { makeKeys } from "./make-keys.ts";

/** Of the seed: Wanjiku buys, Amina manages. */
const wanjiku = { id: 1, emailAddress: "Wanjiku@Example.com", phoneNumber: "+254712345678" };
const amina = { id: 3 };
const oldPassword = "mti wa zamani 1963";
const newPassword = "kahawa na maziwa 7";

/** None of it may stand in clear in any table of Postern's. */
export const secretTexts = [
  wanjiku.emailAddress,
  wanjiku.phoneNumber,
  "712345678",
  "Nobody@Example.com",
  oldPassword,
  newPassword,
  "JBSWY3DPEHPK3PXP",
];

const keys = makeKeys();
const passwords = createPasswordHasher({ concurrency: 2, queueMax: 8 });

const browser = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };
const typed = { ...browser, email: wanjiku.emailAddress, userId: wanjiku.id };

export type Day = { readonly reused: string; readonly changed: string };

/**
 * Each of the five snippets at work, once or twice. Answers what the two changes of password said.
 */
export async function liveADay(db: Database): Promise<Day> {
  await db.transaction(async (tx) => {
    await trackSignIn(tx, keys.digestKeys, { ...typed, result: "failed_password" });
    await trackSignIn(tx, keys.digestKeys, { ...typed, result: "success" });
    const nobody = { ...browser, email: "Nobody@Example.com", userId: null };
    await trackSignIn(tx, keys.digestKeys, { ...nobody, result: "unknown_account" });
    await queueEmail(tx, keys, wanjiku);
    await queueSms(tx, keys, wanjiku);
    await recordExport(tx, { userId: amina.id, ipAddress: "192.0.2.9", rows: 3 });
  });
  const change = (password: string) =>
    db.transaction((tx) => changePassword(tx, passwords, { userId: wanjiku.id, password }));
  const reused = await change(oldPassword);
  const changed = await change(newPassword);
  return { reused, changed };
}
