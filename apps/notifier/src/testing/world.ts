import { randomBytes } from "node:crypto";
import { createDigestKeys, createKeyRing, newSeed } from "@postern/crypto";
import { cloneDatabase, withServiceRole } from "@postern/devkit";
import { type CodeMessageName, openMessage, sealMessage } from "@postern/messages";
import { createLogger, type Database, openDatabase } from "@postern/process";
import { sql } from "drizzle-orm";
import { Registry } from "prom-client";
import { createSmsRoutes } from "../channels/sms-routes.ts";
import { createSmtpChannel } from "../channels/smtp.ts";
import { readSmtpUrl } from "../channels/smtp-server.ts";
import { readQueueDepth } from "../deliveries/queue-depth.ts";
import { SLOT_LIMITS } from "../deliveries/worker.ts";
import type { Deps } from "../deps.ts";
import { createMetrics } from "../metrics.ts";
import { readPumpingLimits } from "../pumping/pumping-limits.ts";
import { bindTables, type Tables } from "../tables.ts";
import { createRenderer } from "../templates/render.ts";

export const newKey = () => randomBytes(32).toString("hex");

export type World = Deps &
  AsyncDisposable & {
    databaseUrl: string;
    /** For what the service itself may not do. */
    owner: Database;
    keys: { sealing: string; blindIndex: string };
    registry: Registry;
    logLines: string[];
  };

/** A worker's dependencies on a database of the test's own and the mail server at `smtpUrl`. */
export async function openWorld(smtpUrl = "smtp://127.0.0.1:1"): Promise<World> {
  const database = await cloneDatabase();
  const applicationName = "notifier-test";
  const db = openDatabase({ url: withServiceRole(database.url), poolSizeMax: 6, applicationName });
  const owner = openDatabase({ url: database.url, poolSizeMax: 1, applicationName });
  const store = { db, tables: bindTables("postern") };
  const keys = { sealing: newKey(), blindIndex: newKey() };
  const registry = new Registry();
  const logLines: string[] = [];
  const email = createSmtpChannel({
    server: readSmtpUrl(smtpUrl)!,
    from: { name: "Postern", address: "no-reply@postern.test" },
    connectionsMax: SLOT_LIMITS.total,
  });
  return {
    ...store,
    owner,
    keys,
    databaseUrl: database.url,
    registry,
    logLines,
    keyRing: createKeyRing({ active: { id: 1, hex: keys.sealing } }),
    digestKeys: createDigestKeys(keys.blindIndex),
    keyInventory: { isChecked: () => true, stop: () => undefined },
    email,
    sms: createSmsRoutes({ order: new Map(), channels: new Map(), now: () => new Date() }),
    smsBudget: null,
    smsPumping: {
      countries: ["KE", "US", "GB"],
      limits: readPumpingLimits("")!,
      isDenied: true,
    },
    counters: null,
    render: createRenderer({
      appName: "Postern",
      host: "auth.postern.test",
      support: "help@postern.test",
      resetPageUrl: "https://auth.postern.test/reset",
    }),
    metrics: createMetrics(registry, () => readQueueDepth(store)),
    log: createLogger({
      service: "notifier",
      level: "debug",
      destination: { write: (line) => void logLines.push(line) },
    }),
    now: () => new Date(),
    async [Symbol.asyncDispose]() {
      email.close();
      await db[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

export type Queued = { id: string; to: string; code: string };

type Overrides = Partial<{
  name: CodeMessageName;
  to: string;
  lifeSeconds: number;
  locale: string;
  priority: number;
}>;

type MailRow = Tables["emailDeliveryLog"]["$inferSelect"];

/** Queues as many mails as asked for in one insert, each to a recipient of its own. */
export async function queueMany(
  world: Pick<World, "db" | "tables" | "keyRing" | "digestKeys">,
  count: number,
  { priority, ...message }: Overrides = {},
): Promise<Queued[]> {
  const sealed = Array.from({ length: count }, (_, index) =>
    sealMessage(world, {
      name: "verify_email_code",
      to: `reader${index}@example.com`,
      seed: newSeed(),
      lifeSeconds: 300,
      ...message,
    }),
  );
  await world.db.insert(world.tables.emailDeliveryLog).values(
    sealed.map(
      ({ channel: _, country: __, lifeSeconds, recipientHint, recipientIndex, ...row }) => ({
        ...row,
        sealedPayload: row.sealedPayload as MailRow["sealedPayload"],
        toEmailHint: recipientHint,
        toEmailIndex: recipientIndex,
        priority: priority ?? row.priority,
        expiresAt: sql`now() + make_interval(secs => ${lifeSeconds})`,
      }),
    ),
  );
  return sealed.map((row) => {
    const { to, code } = openMessage(world, row);
    return { id: row.id, to, code: code! };
  });
}

export async function queueOne(world: World, overrides: Overrides = {}): Promise<Queued> {
  const [queued] = await queueMany(world, 1, overrides);
  return queued!;
}

/** How many rows there are in each status. */
export async function countByStatus({ db, tables }: Pick<World, "db" | "tables">) {
  const rows = await db.execute<{ status: string; rows: number }>(
    sql`select status, count(*)::int as rows from ${tables.emailDeliveryLog} group by status`,
  );
  return Object.fromEntries(rows.map(({ status, rows }) => [status, rows]));
}

export async function readRow(
  { db, tables }: World,
  id: string,
): Promise<Tables["emailDeliveryLog"]["$inferSelect"]> {
  const { emailDeliveryLog: log } = tables;
  const [row] = await db.select().from(log).where(sql`${log.id} = ${id}`);
  return row!;
}

/** Makes a row's time come: the test ages it instead of sleeping. */
export async function age(
  { db, tables }: World,
  columns: readonly ("next_attempt_at" | "expires_at" | "lease_expires_at")[],
): Promise<void> {
  const past = sql.raw(columns.map((it) => `${it} = now() - interval '1 second'`).join(", "));
  await db.execute(sql`update ${tables.emailDeliveryLog} set ${past}`);
}
