import { describeHistory, findHistory } from "@postern/messages";
import type { Command } from "../command.ts";
import { readOptions } from "../read-options.ts";
import { openDeliveries } from "./open-deliveries.ts";
import { readRecipient } from "./read-recipient.ts";

const help = `Usage: pnpm postern delivery find --to <address or number> [--json]

"Where is my message?" Tells what became of everything that went to a recipient: who accepted it,
what the carrier reported, through whom it went next. Times are UTC. Looks the recipient up by its
blind index; shows no code and no text of a message.

  --to     ada@example.com or +254712345678
  --json   print the rows instead
`;

export const findDelivery: Command = {
  help,
  run: async (words, context) => {
    const options = readOptions(words, {
      to: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const recipient = readRecipient(options.to);
    await using deliveries = openDeliveries(context);
    const history = await findHistory(deliveries, recipient);
    if (options.json) {
      context.print(JSON.stringify(history));
      return 0;
    }
    const messages = describeHistory(history);
    if (messages.length === 0) context.print("Nothing went to this recipient.");
    for (const { at, template, hint, story } of messages) {
      context.print(`${at.toISOString().slice(0, 19)}Z  ${template} to ${hint}`);
      context.print(`  ${story}.`);
    }
    const { suppression } = history;
    if (suppression) {
      const since = suppression.since.toISOString().slice(0, 10);
      context.print(
        `Gets nothing since ${since} (${suppression.reason}); pnpm postern delivery lift`,
      );
    }
    return 0;
  },
};
