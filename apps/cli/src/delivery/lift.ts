import { liftSuppression } from "@postern/messages";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { openDeliveries } from "./open-deliveries.ts";
import { readRecipient } from "./read-recipient.ts";

const help = `Usage: pnpm postern delivery lift --to <address or number>

Lets a recipient get messages again who bounced, complained or answered STOP. A provider may keep a
list of its own: Twilio's ends when the person sends START. Exits with 1 where nothing was in force.

  --to   ada@example.com or +254712345678
`;

export const liftDelivery: Command = {
  help,
  run: async (words, context) => {
    const { to } = readOptions(words, { to: { type: "string" } });
    const recipient = readRecipient(to);
    await using deliveries = openDeliveries(context);
    const isLifted = await liftSuppression(deliveries, recipient);
    if (isLifted) context.print("Lifted: the next message goes out.");
    else context.note("postern: this recipient was not suppressed.");
    return isLifted ? 0 : 1;
  },
};
