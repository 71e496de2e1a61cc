import { cloneDatabase } from "@postern/devkit";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Story } from "../story/mount.ts";
import { openShop } from "../story/open-shop.ts";
import { watchShop } from "../story/watch-shop.ts";

/** The shop as it was before Postern, on a database of one test's own. */
export async function openWorld() {
  const database = await cloneDatabase({ from: "empty" });
  await openShop(database.url);
  const sql = postgres(database.url, { max: 4, onnotice: () => undefined });
  const client = postgres(database.url, { max: 2, onnotice: () => undefined });
  const told: string[] = [];
  const story: Story = {
    databaseUrl: database.url,
    sql,
    shop: await watchShop(sql),
    tell: (line) => told.push(line),
  };
  return {
    story,
    sql,
    db: drizzle({ client }),
    told,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([sql.end({ timeout: 1 }), client.end({ timeout: 1 })]);
      await database[Symbol.asyncDispose]();
    },
  };
}
