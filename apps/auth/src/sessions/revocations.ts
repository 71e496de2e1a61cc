import type { Database } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";

/** Which sessions ended before their access tokens did, held in memory. */
export type Revocations = {
  readonly has: (sessionId: string) => boolean;
  /** Ends access here at once; other processes hear of it by Redis or their next poll. */
  readonly add: (sessionIds: readonly string[]) => void;
  /** True when the last successful poll is too long ago (2 s by default): then nobody can be let in. */
  readonly isStale: () => boolean;
  readonly stop: () => void;
};

const POLL_MILLISECONDS = 500;
/** A row commits after the time it carries: each poll looks back far enough not to miss it. */
const OVERLAP_SECONDS = 20;
const STALE_MILLISECONDS = 2_000;
/** The skew that verification allows, so that no token outlives its revocation. */
const MARGIN_SECONDS = 60;

const readSince = statement<{ session_id: string; revoked_at: number }>(
  (t) => sql`
    select session_id, extract(epoch from revoked_at)::float8 as revoked_at from ${t.revocations}
    where revoked_at > now() - make_interval(secs => ${sql.placeholder("seconds")})`,
);

type WatchDeps = {
  db: Database;
  tables: Tables;
  log: Logger;
  accessTokenSeconds: number;
  /** Age of the last successful poll from which on it is stale; 2,000 by default. */
  staleMilliseconds?: number | undefined;
};

/** Loads the revocations that still matter, then polls for new ones every 500 ms. */
export async function watchRevocations(deps: WatchDeps): Promise<Revocations> {
  const { staleMilliseconds = STALE_MILLISECONDS } = deps;
  const lifeSeconds = deps.accessTokenSeconds + MARGIN_SECONDS;
  const ended = new Map<string, number>();
  let freshAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const add = (sessionId: string) => {
    if (!ended.has(sessionId)) {
      ended.set(sessionId, performance.now() + lifeSeconds * 1000);
    }
  };
  const poll = async () => {
    const startedAt = performance.now();
    try {
      const seconds = (startedAt - freshAt) / 1000 + OVERLAP_SECONDS;
      const rows = await readSince(deps, { seconds: Math.min(seconds, lifeSeconds) });
      for (const { session_id } of rows) {
        add(session_id);
      }
      freshAt = startedAt;
    } catch (error) {
      deps.log.warn({ err: error }, "revocations could not be read");
    }
    forgetOld(ended);
    if (!isStopped) {
      timer = setTimeout(poll, POLL_MILLISECONDS).unref();
    }
  };
  await poll();
  return {
    has: (sessionId) => ended.has(sessionId),
    add: (sessionIds) => {
      for (const sessionId of sessionIds) {
        add(sessionId);
      }
    },
    isStale: () => performance.now() - freshAt > staleMilliseconds,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Entries stand in the order of their end: the first that still matters is the last to look at. */
function forgetOld(ended: Map<string, number>): void {
  for (const [sessionId, until] of ended) {
    if (until > performance.now()) {
      return;
    }
    ended.delete(sessionId);
  }
}
