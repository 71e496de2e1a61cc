import { migrateSecuritySchema } from "@postern/schema/migrate";
import { pushSecuritySchema } from "@postern/schema/push";
import * as tables from "../security/tables.ts";
import { openWorld } from "./open-world.ts";

/** The shop with all of Postern's tables beside its own, the columns of users included. */
export async function openMounted() {
  const world = await openWorld();
  const { databaseUrl } = world.story;
  await pushSecuritySchema({ databaseUrl, exports: tables });
  await migrateSecuritySchema({ databaseUrl, exports: tables, to: "026" });
  return world;
}
