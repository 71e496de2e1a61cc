import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { QueueDepth } from "../metrics.ts";
import { statement } from "../statement.ts";

const READ = statement<QueueDepth>(
  ({ emailDeliveryLog: log }) => sql`
    select priority, count(*)::int as "waiting",
      extract(epoch from now() - min(created_at))::float8 as "oldestSeconds"
    from ${log} where status in ('pending', 'retry')
    group by priority order by priority`,
);

/** Rows that wait and the age of the oldest, by priority. */
export const readQueueDepth = (deps: Pick<Deps, "db" | "tables">): Promise<QueueDepth[]> =>
  READ(deps);
