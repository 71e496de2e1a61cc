import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { codeValues, consumingSteps, type Proves, type RightCode } from "./consuming-steps.ts";

const consume = (...proves: Proves) =>
  statement<{ user_id: UserId }>(
    (t) => sql`with ${consumingSteps(t, proves)} select user_id from consumed`,
  );

const statements = {
  email: {
    present: consume("email", "present"),
    claimed: consume("email", "claimed"),
    reset: consume("email", "reset"),
    changed: consume("email", "changed"),
  },
  sms: {
    present: consume("sms", "present"),
    reset: consume("sms", "reset"),
    added: consume("sms", "added"),
    changed: consume("sms", "changed"),
  },
} as const satisfies {
  [C in Proves[0]]: Record<Extract<Proves, readonly [C, string]>[1], unknown>;
};

type Channel = keyof typeof statements;

/** A right code, and what it proves: see `consumingSteps`. */
export type ConsumedCode = {
  [C in Channel]: RightCode & { channel: C; what: keyof (typeof statements)[C] };
}[Channel];

/**
 * Marks a verified code's delivery row as used, inside a transaction of the caller's: this, and not
 * Redis, is what makes a code good for one use ever.
 *
 * Returns whose code it was; null where it was used before or has ended, the account is disabled or
 * no longer has the contact that it went to, or the row is a decoy's.
 */
export async function consumeCode(
  deps: Pick<Deps, "digestKeys" | "usersPlace">,
  store: Store,
  code: ConsumedCode,
): Promise<UserId | null> {
  const run = code.channel === "email" ? statements.email[code.what] : statements.sms[code.what];
  const [row] = await run(store, codeValues(deps, code));
  return row?.user_id ?? null;
}
