import type { MessageChannel } from "@postern/messages";
import { claim, type Room } from "../deliveries/claim.ts";
import type { Delivery } from "../deliveries/delivery.ts";
import type { Deps } from "../deps.ts";

const EVERY_SLOT: Room = { codes: 16, others: 12 };

/** What a worker with all its slots free takes. */
export const claimDue = async (
  deps: Deps,
  channel: MessageChannel,
  room = EVERY_SLOT,
): Promise<Delivery[]> => (await claim(deps, channel, room)).deliveries;
