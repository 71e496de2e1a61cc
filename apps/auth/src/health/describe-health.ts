import type { HealthCheck, HealthDetails } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { createReadinessCheck, type Missing } from "./check-readiness.ts";

/** `/health/details` of the operators' listener: each part the service stands on, with its figures. */
export function createHealthDescription(deps: Deps): () => Promise<HealthDetails> {
  const checkReadiness = createReadinessCheck(deps);
  return async () => {
    const readiness = await checkReadiness();
    const missing: Missing = readiness.status === "unready" ? readiness.missing : {};
    return {
      status: readiness.status === "ready" ? "ok" : readiness.status,
      checks: {
        database: await describeDatabase(deps, missing),
        redis: { status: deps.counters.state() === "up" ? "up" : "down" },
        schema: describeSchema(missing),
        signing_keys: {
          status: missing.signingKeys ? "down" : "up",
          served: deps.signingKeys.jwks().keys.length,
        },
        oauth_providers: describeProviders(deps),
        revocations: { status: missing.revocations ? "down" : "up" },
        refusal_log: { status: "up", dropped: deps.refusals.dropped() },
        queue: await describeQueue(deps, missing),
      },
    };
  };
}

async function describeDatabase({ db }: Deps, { database }: Missing): Promise<HealthCheck> {
  if (database) {
    return { status: "down" };
  }
  const startedAt = performance.now();
  const isUp = await db.execute(sql`select 1`).then(
    () => true,
    () => false,
  );
  const milliseconds = Math.round(performance.now() - startedAt);
  return isUp ? { status: "up", milliseconds } : { status: "down" };
}

const describeSchema = ({ database, schema = [], privileges = [] }: Missing): HealthCheck => ({
  status: database || schema.length + privileges.length > 0 ? "down" : "up",
  missing_tables: schema,
  missing_privileges: privileges,
});

/** One that is away keeps out nobody but who signs in by it, so the service is ready all the same. */
function describeProviders({ identityProviders }: Deps): HealthCheck {
  const away = identityProviders.all().filter(({ isUp }) => isUp() === false);
  return {
    status: away.length > 0 ? "down" : "up",
    configured: identityProviders.all().map(({ id }) => id),
    away: away.map(({ id }) => id),
  };
}

/** How many messages wait for the notifier, and for how long the oldest has. */
async function describeQueue({ db, tables }: Deps, missing: Missing): Promise<HealthCheck> {
  if (missing.database || missing.schema || missing.privileges) {
    return { status: "down" };
  }
  try {
    const [row] = await db.execute<{ depth: number; age: number }>(sql`
      select count(*)::int as depth,
        coalesce(extract(epoch from now() - min(created_at)), 0)::int as age
      from ${tables.emailDeliveryLog} where status in ('pending', 'retry')`);
    return { status: "up", depth: row?.depth ?? 0, oldest_seconds: row?.age ?? 0 };
  } catch {
    return { status: "down" };
  }
}
