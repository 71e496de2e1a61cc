import { eq } from "drizzle-orm";
import { sealPhone } from "../../contacts/phone-at-rest.ts";
import { call, readCode, signUp } from "../../testing/client.ts";
import type { World } from "../../testing/world.ts";

export const email = "ada@example.com";
export const phone = "+254712345678";

/** Signs up, with the address proved. */
export async function signUpVerified(world: World, as = email) {
  const account = await signUp(world, as);
  const { users } = world.tables;
  const { id } = account.user;
  await world.db.update(users).set({ emailVerifiedAt: new Date() }).where(eq(users.id, id));
  return account;
}

/** Gives an account a verified number, as if it had proved it. */
export async function givePhone(world: World, userId: string, number = phone): Promise<void> {
  const { users } = world.tables;
  const { sealedPhone, phoneIndex, phoneHint } = sealPhone(world, userId, number);
  await world.db
    .update(users)
    .set({
      encryptedPhoneNumber: sealedPhone as never,
      phoneNumberIndex: phoneIndex,
      phoneNumberHint: phoneHint,
      phoneVerifiedAt: new Date(),
    })
    .where(eq(users.id, userId));
}

export type Asking = { body: object; token?: string; from?: string };

/** Asks for a code and answers its challenge, or says why there is none. */
export async function sendFor(world: World, asking: Asking): Promise<string> {
  const answer = await call(world, "POST /otp/send", asking);
  if (answer.status !== 202) {
    throw new Error(`otp/send answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body.challengeId;
}

/** Presents the right code of a challenge. */
export const verify = async (
  world: World,
  challengeId: string,
  { token, ...fields }: { token?: string; newPassword?: string; deviceToken?: string } = {},
) =>
  call(world, "POST /otp/verify", {
    body: { challengeId, code: await readCode(world, challengeId), ...fields },
    ...(token === undefined ? {} : { token }),
  });
