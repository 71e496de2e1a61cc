import { sql } from "drizzle-orm";
import { noName, opening } from "../accounts/opening.ts";
import type { Deps } from "../deps.ts";
import { sendResetLink } from "../recovery/request-reset.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

type Row = { id: UserId; is_verified: boolean; is_disabled: boolean; is_admin: boolean };

const find = statement<Row>(
  (t) => sql`
    select u.id, u.email_verified_at is not null as is_verified,
      u.disabled_at is not null as is_disabled, u.role = 'admin' as is_admin
    from ${t.users} u where lower(u.email) = ${p("email")} for no key update of u`,
);

const open = opening<{ id: UserId }>(
  (t, id) => sql`
    with created as (
      insert into ${t.users} (${id.column} email, name, user_type, role)
      values (${id.value} ${p("email")}, ${p("name")}, 'user', 'admin')
      on conflict ((lower(email))) do nothing
      returning id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, metadata)
      select event.type, event.severity, created.id, event.metadata
      from created, (values
        ('signup_success', 'low', '{"actor": "operator"}'::jsonb),
        ('role_changed', 'high', '{"actor": "operator", "role": "admin"}'::jsonb)
      ) as event (type, severity, metadata)
    )
    select id from created`,
);

const promote = statement<unknown>(
  (t) => sql`
    with promoted as (
      update ${t.users} u set role = 'admin', updated_at = now()
      where u.id = ${p("userId")} returning u.id
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, metadata)
    select 'role_changed', 'high', promoted.id, '{"actor": "operator", "role": "admin"}'::jsonb
    from promoted`,
);

export type NewAdmin = {
  /** Normalised. */
  email: string;
  name: string | null;
};

/** `unverified`, `disabled` and `taken` mean that nothing was done. */
export type AdminOutcome =
  | "created"
  | "promoted"
  | "admin already"
  | "unverified"
  | "disabled"
  | "taken";

/**
 * Makes an administrator: a new account, whose owner sets the password by a link that goes to the
 * mailbox alone, or one that is there. One whose address nobody has proved is left as
 * it is: whoever typed the address would be the administrator.
 */
export function makeAdmin(
  deps: Pick<Deps, "db" | "tables" | "usersPlace" | "keyRing" | "digestKeys">,
  { email, name }: NewAdmin,
): Promise<AdminOutcome> {
  const { tables, usersPlace } = deps;
  return deps.db.transaction(async (db) => {
    const store = { db, tables, usersPlace };
    const [account] = await find(store, { email });
    if (account) {
      const outcome = judge(account);
      if (outcome === "promoted") {
        await promote(store, { userId: account.id });
      }
      return outcome;
    }
    const [created] = await open(store, { email, name: name ?? noName(deps) });
    if (!created) {
      return "taken";
    }
    const { keyRing, digestKeys } = deps;
    const origin = { ipAddress: null, userAgent: null, acceptLanguage: null };
    await sendResetLink({ ...store, keyRing, digestKeys }, { email, origin });
    return "created";
  });
}

function judge({ is_admin, is_disabled, is_verified }: Row): AdminOutcome {
  if (is_admin) {
    return "admin already";
  }
  if (is_disabled) {
    return "disabled";
  }
  return is_verified ? "promoted" : "unverified";
}
