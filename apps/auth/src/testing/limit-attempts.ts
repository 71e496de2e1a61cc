import { firstStep, withTotp } from "../two-factor/testing/factors.ts";
import { call, password, signUp } from "./client.ts";
import type { World } from "./world.ts";

type Answer = Awaited<ReturnType<typeof call>>;

/** Whom a limit counts for: the one that uses it up, and another who must not notice. */
export type Subject = "one" | "other";

/** Makes an attempt; no two turns share anything but the subject that the limit names. */
export type Attempt = (turn: number, subject: Subject) => Promise<Answer>;

export const ADDRESSES: Record<Subject, string> = { one: "198.51.100.1", other: "198.51.100.2" };
/** Everybody from an address of their own. */
const elsewhere = (turn: number) => `203.0.113.${turn + 1}`;
export const mailbox = (turn: number, subject: Subject) => `user${turn}-${subject}@example.com`;

/** A call that anybody may make, counted by the address it comes from. */
export const byAddress =
  (line: string, bodyOf: (turn: number, subject: Subject) => object) =>
  (world: World): Attempt =>
  (turn, subject) =>
    call(world, line, { body: bodyOf(turn, subject), from: ADDRESSES[subject] });

/** A call with a session: each subject has an account and an address of its own. */
export const withSession =
  (line: string, bodyOf: (turn: number, subject: Subject) => object | undefined) =>
  async (world: World): Promise<Attempt> => {
    const tokens = {
      one: (await signUp(world, "one@example.com")).accessToken,
      other: (await signUp(world, "other@example.com")).accessToken,
    };
    return (turn, subject) =>
      call(world, line, {
        body: bodyOf(turn, subject),
        token: tokens[subject],
        from: ADDRESSES[subject],
      });
  };

export const askForCode = (email: string) => ({ purpose: "sign_in", channel: "email", email });

/** Codes to the subject's mailbox, each asked for from another address. */
export const codesToRecipient =
  (world: World): Attempt =>
  (turn, subject) =>
    call(world, "POST /otp/send", {
      body: askForCode(`${subject}@example.com`),
      from: elsewhere(turn),
    });

/** Wrong codes for the subject's mailbox, two for each challenge. */
export const wrongCodes = (world: World): Attempt => {
  const challenges = new Map<string, string>();
  return async (turn, subject) => {
    const name = `${subject} ${Math.floor(turn / 2)}`;
    if (!challenges.has(name)) {
      const body = askForCode(`${subject}@example.com`);
      const sent = await call(world, "POST /otp/send", { body, from: elsewhere(turn) });
      challenges.set(name, sent.body.challengeId);
    }
    const body = { challengeId: challenges.get(name), code: `0000000${turn}` };
    return call(world, "POST /otp/verify", { body, from: elsewhere(turn) });
  };
};

export async function secondFactors(world: World): Promise<Attempt> {
  await withTotp(world);
  const { pendingToken } = await firstStep(world);
  return (turn, subject) =>
    call(world, "POST /2fa/verify", {
      body: { pendingToken, method: "totp", code: `00000${turn}` },
      from: ADDRESSES[subject],
    });
}

/** Each change is right, so that what is counted is the comparison with the old ones. */
export async function passwordChanges(world: World): Promise<Attempt> {
  const tokens = {
    one: (await signUp(world, "one@example.com")).accessToken,
    other: (await signUp(world, "other@example.com")).accessToken,
  };
  const next = (turn: number) => `a new and long password ${turn}`;
  const present = { one: password, other: password };
  return async (turn, subject) => {
    const body = { currentPassword: present[subject], newPassword: next(turn) };
    const answer = await call(world, "POST /password/change", { body, token: tokens[subject] });
    if (answer.status === 204) present[subject] = next(turn);
    return answer;
  };
}
