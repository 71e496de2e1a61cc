import { openWorld } from "@postern/auth/testing/world";
import { startRedis } from "@postern/devkit";
import { runCli } from "../run-cli.ts";
import type { Ran } from "./open-world.ts";

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
    run: (...words: string[]) => run(words, settings),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function run(words: readonly string[], environment: Record<string, string>): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(words, {
    environment,
    print: (line) => out.push(line),
    note: (line) => err.push(line),
    terminal: null,
    signal: new AbortController().signal,
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}
