import { migrateSecuritySchema } from "@postern/schema/migrate";
import { pushSecuritySchema } from "@postern/schema/push";
import * as tables from "../security/tables.ts";
import { bringShopUpToDate } from "../story/open-shop.ts";
import { openWorld } from "./open-world.ts";

/** The shop as the guide leaves it after step 5: Postern's tables, and the columns on its users. */
export async function openMounted() {
  const world = await openWorld();
  await mountAll(world.story.databaseUrl);
  return world;
}

/** What the commands of the guide do until then, on the shop as it was. */
export async function mountAll(databaseUrl: string): Promise<void> {
  await pushSecuritySchema({ databaseUrl, exports: tables });
  await migrateSecuritySchema({ databaseUrl, exports: tables, to: "026" });
  await bringShopUpToDate(databaseUrl);
  await pushSecuritySchema({ databaseUrl, exports: tables });
}
