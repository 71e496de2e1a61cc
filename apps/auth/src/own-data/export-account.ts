import { sql } from "drizzle-orm";
import { readPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Actor } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import type { UserId } from "../tables.ts";
import type { ExportGate } from "./export-gate.ts";
import { takeExportPlace } from "./limit-exports.ts";
import { type ExportedTable, type ExportRow, readExport } from "./read-export.ts";

/** An export under way: its rows are read as they are asked for. */
type OpenExport = {
  exportedAt: string;
  account: ExportRow;
  tables: AsyncIterable<ExportedTable>;
};

/** The owner's; whoever opens it closes it, whatever happens. Closing it twice is closing it once. */
export type OwnExport = OpenExport & { close: () => Promise<void> };

export type AccountExport = Pick<OpenExport, "exportedAt" | "account"> & {
  /** By the name of the table; the newest rows of each, 10,000 at most. */
  tables: Record<string, ExportRow[]>;
};

export type ExportInput = {
  claims: AccessClaims;
  origin: Origin;
  gate: ExportGate;
  /** Aborted when nobody waits for it any more. */
  signal: AbortSignal;
};

/**
 * Everything that Postern keeps about the caller, as the register of personal data names it, but for
 * what is a secret. The phone number is opened: it is theirs; where
 * it does not open, `unreadable` names it.
 *
 * @throws Problem step_up_required where the sign-in is over 15 minutes old, session_ended,
 *   too_many_requests, service_unavailable.
 */
export async function exportAccount(
  deps: Deps,
  { claims, origin, gate, signal }: ExportInput,
): Promise<OwnExport> {
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const { sub: userId, sid: sessionId } = claims;
  const { leave } = gate.enter();
  try {
    const place = await takeExportPlace(deps, userId);
    try {
      signal.throwIfAborted();
      const asked = { userId, origin, sessionId, actorId: null };
      const opened = await openExport(deps, { ...asked, read: gate.read, signal });
      if (!opened) {
        throw new Problem("session_ended");
      }
      signal.throwIfAborted();
      return { ...opened, close: () => place.release().finally(leave) };
    } catch (error) {
      await place.giveBack();
      throw error;
    }
  } catch (error) {
    leave();
    throw error;
  }
}

export type CollectDeps = Pick<
  Deps,
  "db" | "tables" | "usersPlace" | "keyRing" | "digestKeys" | "now"
>;

type Collecting = {
  userId: string;
  origin: Actor;
  sessionId: string | null;
  /** Who asked for it, where that was not the owner. */
  actorId: string | null;
};

type Opening = Collecting & Pick<Parameters<typeof readExport>[1], "read" | "signal">;

/**
 * The same for whoever may ask, in one piece: an operator in the owner's name, also where the
 * account is disabled. Null without an account.
 */
export async function collectAccount(
  deps: CollectDeps,
  asked: Collecting,
): Promise<AccountExport | null> {
  const opened = await openExport(deps, { ...asked, read: (work) => work() });
  if (!opened) {
    return null;
  }
  const tables: AccountExport["tables"] = {};
  for await (const { name, batches } of opened.tables) {
    tables[name] = (await Array.fromAsync(batches)).flat();
  }
  return { ...opened, tables };
}

/** Its event comes first: of an export that broke off, too, something was handed out. */
async function openExport(
  deps: CollectDeps,
  { userId, origin, sessionId, actorId, read, signal }: Opening,
): Promise<OpenExport | null> {
  const account = await readAccount(deps, { userId, isOperator: actorId !== null });
  if (!account) {
    return null;
  }
  signal?.throwIfAborted();
  const { ipAddress, userAgent } = origin;
  await deps.db.insert(deps.tables.securityEvents).values({
    ...{ eventType: "account_exported", severity: "medium", userId, sessionId },
    ...{ ipAddress, userAgent, metadata: actorId === null ? {} : { actor: actorId } },
  });
  const tables = readExport(deps, { userId, read, signal });
  return { exportedAt: deps.now().toISOString(), account, tables };
}

async function readAccount(
  deps: CollectDeps,
  { userId, isOperator }: { userId: string; isOperator: boolean },
): Promise<ExportRow | null> {
  const { users } = deps.tables;
  const [row] = await deps.db.execute<ExportRow>(sql`
    select u.id, u.email, u.email_verified_at, u.name, u.user_type, u.role, u.encrypted_phone_number,
      u.phone_verified_at, u.last_login_at, u.last_login_ip, u.last_activity_at,
      u.password_changed_at, u.created_at
    from ${users} u where u.id = ${userId} and (${isOperator} or u.disabled_at is null)`);
  if (!row) {
    return null;
  }
  const { encrypted_phone_number: sealed, ...account } = row;
  const id = row.id as UserId;
  const phone = await readPhone(deps, deps, {
    userId: id,
    sealed: sealed === null ? null : String(sealed),
  });
  return phone === UNREADABLE
    ? { ...account, phone: null, unreadable: ["phone"] }
    : { ...account, phone };
}
