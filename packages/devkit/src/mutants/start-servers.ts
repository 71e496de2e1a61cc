import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { makeTemplate, onServer, TEMPLATE_DATABASE } from "../clone-database.ts";
import { startPostgres } from "../postgres.ts";
import { startRedis } from "../redis.ts";
import { run } from "../run.ts";

export type MutantServers = AsyncDisposable & {
  /** The environment in which tests find the servers and the template that was filled last. */
  environment(): NodeJS.ProcessEnv;
  /** Makes a template anew, by the push of the checkout at `root`. Answers what it said, or null. */
  fillTemplate(root: string): Promise<string | null>;
};

/** One PostgreSQL and one Redis for every run. */
export async function startServers(): Promise<MutantServers> {
  const stack = new AsyncDisposableStack();
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  stack.use(postgres);
  stack.use(redis);
  process.env.POSTERN_TEST_DATABASE_URL = postgres.url;
  let template = TEMPLATE_DATABASE;
  const fillTemplate = async (from: string) => {
    const name = `mutant_${randomUUID().replaceAll("-", "")}`;
    let refusal: string | null = null;
    await makeTemplate(name, async (url) => {
      refusal = await push(from, url);
    });
    if (refusal === null) template = name;
    else await onServer(postgres.url, `drop database ${name} with (force)`);
    return refusal;
  };
  return {
    environment: () => ({
      ...process.env,
      POSTERN_TEST_REDIS_URL: redis.url,
      POSTERN_TEST_TEMPLATE: template,
    }),
    fillTemplate,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function push(root: string, databaseUrl: string): Promise<string | null> {
  const program = join(root, "packages/schema/src/command/main.ts");
  const { ok, everything } = await run(process.execPath, [program, "push", "--yes"], {
    cwd: root,
    environment: { ...process.env, DATABASE_URL: databaseUrl, DATABASE_SCHEMA: "postern" },
  });
  return ok ? null : everything.trim();
}
