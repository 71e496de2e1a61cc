import { makeTemplate, onServer, TEMPLATE_DATABASE } from "../clone-database.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { pushSchema } from "../push-schema.ts";
import { startRedis } from "../redis.ts";

/**
 * Runs before the tests of each project, and works for the first of them: a PostgreSQL and a Redis
 * of this run's own, on free ports, with data that is thrown away, and the template database that
 * cloneDatabase() copies.
 */
export async function setup(): Promise<() => Promise<void>> {
  if (process.env.POSTERN_TEST_DATABASE_URL) return async () => undefined;
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const stop = async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  };
  process.env.POSTERN_TEST_DATABASE_URL = postgres.url;
  process.env.POSTERN_TEST_REDIS_URL = redis.url;
  try {
    await fillTemplate(postgres);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}

/**
 * Runs the real push, once. Where it fails there is no template, and each test that asks for a copy
 * fails; the others still tell what they have to tell.
 */
async function fillTemplate({ url }: Postgres): Promise<void> {
  try {
    await makeTemplate(TEMPLATE_DATABASE, pushSchema);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    await onServer(url, `drop database ${TEMPLATE_DATABASE} with (force)`);
  }
}
