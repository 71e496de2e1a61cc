import { openWorld } from "@postern/auth/testing/world";
import { startRedis } from "@postern/devkit";
import { runInProcess } from "./run-in-process.ts";

/** The auth service on a database and a Redis of its own, and the tool beside it. */
export async function openDeployment(environment: Record<string, string> = {}) {
  await using parts = new AsyncDisposableStack();
  const redis = parts.use(await startRedis());
  const auth = parts.use(
    await openWorld({ redisUrl: redis.url, keyPrefix: "postern:", environment }),
  );
  const { sealing, blindIndexHex } = auth.config.keys;
  const settings: Record<string, string> = {
    DATABASE_URL: auth.databaseUrl,
    REDIS_URL: redis.url,
    SYSTEM_ENCRYPTION_KEY: sealing.active.hex,
    BLIND_INDEX_KEY: blindIndexHex,
    ...environment,
  };
  const opened = parts.move();
  return {
    auth,
    redis,
    environment: settings,
    run: (...words: string[]) => runInProcess(words, settings),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
