import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bindDefaultTables } from "@postern/schema";
import { PushError, pushSecuritySchema } from "@postern/schema/push";
import { quoted } from "../quote.ts";
import { bad, type Check, type Deployment, type Finding, good } from "./check.ts";

const VERSION_MIN = 15;

export const checkServer: Check = {
  name: "database",
  look: async ({ sql }) => {
    const [row] = await sql<{ version: number; name: string; is_replica: boolean }[]>`
      select current_setting('server_version_num')::int / 10000 as version,
        current_setting('server_version') as name, pg_is_in_recovery() as is_replica`;
    if (!row) return bad("PostgreSQL did not answer");
    if (row.version < VERSION_MIN)
      return bad(`PostgreSQL ${row.name}: 15 is the oldest that serves`);
    return row.is_replica
      ? bad("the server is a standby, which takes no writes")
      : good(`PostgreSQL ${row.name}`);
  },
};

/** The same comparison as `pnpm db:push --check`, roles and grants included. */
export const checkSchema: Check = {
  name: "schema",
  look: async (deployment) => {
    try {
      const { steps, tables } = await pushSecuritySchema({
        databaseUrl: asLogin(deployment.databaseUrl),
        exports: await exportsOf(deployment),
        isCheck: true,
      });
      if (steps.length === 0)
        return good(`${tables.length} tables as declared, and what is granted on them`);
      return bad(`${steps.length} statements behind: pnpm db:push --check shows them`);
    } catch (error) {
      if (error instanceof PushError) return bad(error.message);
      throw error;
    }
  },
};

/** What the login may, and not the role that it takes on for a service: only the owner sees it all. */
function asLogin(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.searchParams.delete("role");
  return url.href;
}

async function exportsOf({ schema, bindingModule }: Deployment) {
  return bindingModule === null
    ? bindDefaultTables(schema)
    : await import(pathToFileURL(resolve(bindingModule)).href);
}

const LOGS = ["login_attempts", "security_events", "session_audits"];

/** A service that was broken into must not be able to rewrite what it did. */
export const checkRole: Check = {
  name: "role",
  look: async ({ sql, schema }): Promise<Finding> => {
    const logs = LOGS.map((name) => `${quoted(schema)}.${quoted(name)}`);
    const [row] = await sql<
      { role: string; is_super: boolean; creates: boolean; rewrites: string[]; lacks: string[] }[]
    >`
      select current_user::text as role,
        (select rolsuper from pg_roles where rolname = current_user) as is_super,
        has_schema_privilege(${schema}, 'CREATE') as creates,
        array(select log from unnest(${logs}::text[]) as log
          where has_table_privilege(log, 'UPDATE') or has_table_privilege(log, 'DELETE')
            or has_table_privilege(log, 'TRUNCATE')) as rewrites,
        array(select log from unnest(${logs}::text[]) as log
          where not has_table_privilege(log, 'INSERT')) as lacks`;
    if (!row) return bad("the role could not be read");
    if (row.lacks.length > 0) return bad(`${row.role} may not write ${row.lacks.join(", ")}`);
    const excess = [
      ...(row.is_super ? ["is a superuser"] : []),
      ...(row.creates ? [`may create in ${schema}`] : []),
      ...(row.rewrites.length > 0 ? ["may change the append-only logs"] : []),
    ];
    return excess.length === 0
      ? good(`${row.role} may add to the logs and change none`)
      : bad(`${row.role} ${excess.join(", ")}: sign in as postern_app (docs/roles.md)`);
  },
};

const KEY_MARGIN_DAYS = 2;

export const checkSigningKeys: Check = {
  name: "signing keys",
  look: async ({ sql, schema, signingKeyDays }) => {
    const rows = await sql.unsafe<{ state: string; days: number }[]>(`
      select state, extract(epoch from now() - coalesce(activated_at, created_at))::float8 / 86400 as days
      from ${quoted(schema)}.signing_keys where state <> 'retired'`);
    const current = rows.find(({ state }) => state === "current");
    if (!current) return bad("there is none yet: the auth service makes them at its first start");
    if (!rows.some(({ state }) => state === "next")) return bad("there is no next one to turn to");
    const days = Math.floor(current.days);
    return current.days > signingKeyDays + KEY_MARGIN_DAYS
      ? bad(
          `the present one signs for ${days} days, longer than SIGNING_KEY_DAYS=${signingKeyDays}`,
        )
      : good(`the present one signs for ${days} of ${signingKeyDays} days, the next is served`);
  },
};

const WAIT_SECONDS_MAX = 60;

export const checkQueue: Check = {
  name: "queue",
  look: async ({ sql, schema }) => {
    const waiting = (log: string) => `select next_attempt_at from ${quoted(schema)}.${log}
      where status in ('pending', 'retry') and next_attempt_at <= now() and expires_at > now()`;
    const [row] = await sql.unsafe<{ waiting: number; seconds: number }[]>(`
      select count(*)::int as waiting,
        coalesce(extract(epoch from now() - min(next_attempt_at)), 0)::float8 as seconds
      from (${waiting("email_delivery_log")} union all ${waiting("sms_delivery_log")}) as due`);
    const { waiting: messages = 0, seconds = 0 } = row ?? {};
    const text = `${messages} messages are due, the oldest for ${Math.round(seconds)} s`;
    return seconds > WAIT_SECONDS_MAX ? bad(`${text}: is the notifier running?`) : good(text);
  },
};
