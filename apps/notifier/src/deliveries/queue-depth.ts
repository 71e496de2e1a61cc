import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { QueueDepth } from "../metrics.ts";
import { statement } from "../statement.ts";

const READ = statement<QueueDepth>(
  ({ emailDeliveryLog, smsDeliveryLog }) => sql`
    select priority, count(*)::int as "waiting",
      extract(epoch from now() - min(created_at))::float8 as "oldestSeconds"
    from (
      select priority, created_at from ${emailDeliveryLog} where status in ('pending', 'retry')
      union all
      select priority, created_at from ${smsDeliveryLog} where status in ('pending', 'retry')
    ) as waiting
    group by priority order by priority`,
);

/** Rows that wait and the age of the oldest, by priority, in both logs. */
export const readQueueDepth = (deps: Pick<Deps, "db" | "tables">): Promise<QueueDepth[]> =>
  READ(deps);
