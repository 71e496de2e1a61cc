import { createHash } from "node:crypto";
import { createLogger } from "@postern/process";
import { readConfig } from "./config.ts";
import type { Deps } from "./deps.ts";
import { buildServer } from "./server.ts";

/** Nothing is sealed or looked up with it: the service is never asked anything. */
const KEY = (name: string) => createHash("sha256").update(name).digest("hex");

/**
 * The API as `/openapi.json` describes it, without a deployment's address and name. Needs neither
 * PostgreSQL nor Redis: the routes are declared, and none is called.
 */
export async function describeApi(): Promise<object> {
  const config = readConfig({
    DATABASE_URL: "postgres://unused@127.0.0.1/unused",
    REDIS_URL: "redis://127.0.0.1",
    PUBLIC_URL: "https://auth.example.com",
    SYSTEM_ENCRYPTION_KEY: KEY("unused sealing key"),
    BLIND_INDEX_KEY: KEY("unused index key"),
  });
  const log = createLogger({ service: "auth", level: "silent" });
  const keyInventory = { isChecked: () => true, stop: () => undefined };
  const app = await buildServer({ config, log, keyInventory } as Deps);
  await app.ready();
  const { servers: _ofDeployment, ...document } = app.swagger() as { servers?: unknown };
  await app.close();
  return document;
}
