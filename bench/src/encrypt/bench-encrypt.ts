import { randomBytes } from "node:crypto";
import { pushSchema } from "@postern/devkit";
import type { BenchRun, Figure } from "../bench.ts";
import { measureBulk } from "./measure-bulk.ts";
import { measureUnderLoad } from "./measure-under-load.ts";

/** As an operator would run it: nothing of the throw-away settings is left. */
const DURABLE = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  autovacuum: "on",
  max_wal_size: "1GB",
};

const newKey = () => randomBytes(32).toString("hex");

/**
 * 200,000 plain phone numbers are sealed: first as fast as it goes, then beside sign-ins and look-ups,
 * while the worker is killed, the key turned twice and a stage taken back.
 */
export async function benchEncrypt({ say, isQuick, startPostgres }: BenchRun): Promise<Figure[]> {
  const server = await startPostgres({ settings: DURABLE });
  const rows = isQuick ? 20_000 : 200_000;
  const environment = {
    DATABASE_URL: server.url,
    SYSTEM_ENCRYPTION_KEY: newKey(),
    BLIND_INDEX_KEY: newKey(),
  };
  say("the schema");
  await pushSchema(server.url);
  say(`${rows.toLocaleString("en")} rows in bulk`);
  const bulk = await measureBulk({ server: server.url, environment, rows });
  const load = await measureUnderLoad({ environment, rows, say, isQuick });
  return [...bulk, ...load];
}
