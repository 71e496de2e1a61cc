import type { Figure } from "../bench.ts";
import { inTurn } from "./in-turn.ts";
import type { Shot, Target } from "./load.ts";
import { emailOf, type World } from "./open-world.ts";

/** More than elsewhere: an answer takes 10 ms at least, however free the machine is. */
const SENDS_IN_FLIGHT = 64;
export const CODES_A_ROUND = 1_920;

/** Codes by email, to sign in with: asked for, each by another person. */
export async function measureCodeSends(world: World): Promise<Figure[]> {
  const own = sending(world.postern, (email) => ({
    method: "POST",
    path: "/api/auth/otp/send",
    headers: { "x-forwarded-for": world.nextAddress() },
    body: { purpose: "sign_in", channel: "email", email },
  }));
  const other = sending(world.betterAuth, (email) => ({
    method: "POST",
    path: "/api/auth/email-otp/send-verification-otp",
    body: { email, type: "sign-in" },
  }));
  const { rate, ratio } = await inTurn(world.rounds, [
    ["own", own],
    ["other", other],
  ]);
  return [
    { name: "OTP send, 64 at once", value: rate("own"), unit: "per second" },
    { name: "better-auth, OTP send, 64 at once", value: rate("other"), unit: "per second" },
    {
      name: "OTP send ÷ better-auth",
      value: ratio("own", "other"),
      unit: "ratio",
      limit: { atLeast: 3 },
    },
  ];
}

function sending(target: Target, shotFor: (email: string) => Shot): () => Promise<number> {
  let person = 0;
  return () =>
    target.load({
      inFlight: SENDS_IN_FLIGHT,
      until: { count: CODES_A_ROUND },
      next: () => {
        person += 1;
        return shotFor(emailOf(person));
      },
    });
}
