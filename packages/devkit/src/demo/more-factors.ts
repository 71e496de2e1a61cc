import { randomInt } from "node:crypto";
import { totpCode } from "../totp-code.ts";
import { textOf } from "./api.ts";
import { readCode } from "./read-code.ts";
import { expectSeen, shorten, step } from "./step.ts";
import type { Walk } from "./walk.ts";

/** A number is proved by a text message, which `pnpm dev` shows in the inbox beside the mails. */
export async function verifyPhone({ api, record, secrets }: Walk, token: string): Promise<void> {
  await step("Prove a phone number by a text message", async () => {
    const phone = `+25471${randomInt(1_000_000, 9_999_999)}`;
    const ask = { purpose: "verify_phone", channel: "sms", phone };
    const sent = await api.expect("POST /otp/send", 202, { body: ask, token });
    const text = await readCode(record.inbox.webUrl, phone);
    secrets.push(phone, text.code);
    const body = { challengeId: textOf(sent, "challengeId"), code: text.code };
    await api.expect("POST /otp/verify", 200, { body, token });
    return { seen: `${phone} got the code after ${text.milliseconds} ms: verified`, result: null };
  });
}

/** Scans, confirms, and answers what an authenticator app would keep. */
export async function turnOnSecondFactor({ api, secrets }: Walk, token: string): Promise<string> {
  return step("Turn on a second factor", async () => {
    const enrolled = await api.expect("POST /2fa/totp/enroll", 200, { body: {}, token });
    const secret = textOf(enrolled, "secret");
    const code = totpCode(secret, 0);
    const confirmed = await api.expect("POST /2fa/totp/confirm", 200, { body: { code }, token });
    const backupCodes = confirmed.backupCodes as string[];
    secrets.push(secret, ...backupCodes);
    const seen = `a QR code of ${textOf(enrolled, "qrSvg").length} bytes, and ${backupCodes.length} backup codes, ${shorten(backupCodes[0] ?? "")}`;
    return { seen, result: secret };
  });
}

/** The password alone opens nothing any more; password and code open a session. */
export async function passSecondStep(
  { api, person, secrets }: Walk,
  { secret, deviceToken }: { secret: string; deviceToken: string },
): Promise<void> {
  await step("Sign in: the password is half of it now", async () => {
    const half = await api.expect("POST /login", 200, { body: { ...person, deviceToken } });
    expectSeen(half.twoFactorRequired === true, "twoFactorRequired in the place of a session");
    const pendingToken = textOf(half, "pendingToken");
    await api.expect("GET /me", 401, { token: pendingToken });
    const body = { pendingToken, method: "totp", code: totpCode(secret, 1), deviceToken };
    const whole = await api.expect("POST /2fa/verify", 200, { body });
    secrets.push(pendingToken, textOf(whole, "accessToken"), textOf(whole, "refreshToken"));
    await api.expect("POST /2fa/verify", 401, { body });
    return {
      seen: "the pending token opens nothing; with the code it is a session, once",
      result: null,
    };
  });
}
