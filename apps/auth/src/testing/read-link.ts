import { openMessage } from "@postern/messages";
import { and, desc, eq } from "drizzle-orm";
import type { World } from "./world.ts";

/** The secret of the newest queued reset link, derived as the notifier would. */
export async function readLink(world: World): Promise<string> {
  const log = world.tables.emailDeliveryLog;
  const [row] = await world.db
    .select()
    .from(log)
    .where(and(eq(log.template, "reset_password_link"), eq(log.status, "pending")))
    .orderBy(desc(log.createdAt));
  if (!row?.sealedPayload) {
    throw new Error("No reset link is queued.");
  }
  const { linkSecret } = openMessage(world, row as Parameters<typeof openMessage>[1]);
  if (!linkSecret) {
    throw new Error("The mail holds no link.");
  }
  return linkSecret;
}
