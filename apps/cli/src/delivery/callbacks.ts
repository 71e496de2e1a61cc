import { callbackPath } from "@postern/messages";
import type { Command } from "../command.ts";
import { readKeysOf } from "../environment.ts";
import { readOptions } from "../read-options.ts";

const help = `Usage: pnpm postern delivery callbacks

Prints the addresses to enter at the providers, so that they report what became of a message. Two of
them hold a secret that follows from BLIND_INDEX_KEY: whoever knows it can report. NOTIFIER_PUBLIC_URL
says where providers reach the notifier.
`;

export const deliveryCallbacks: Command = {
  help,
  run: async (words, context) => {
    readOptions(words, {});
    const { digests } = readKeysOf(context.environment);
    const base = (context.environment.NOTIFIER_PUBLIC_URL ?? "").replace(/\/+$/, "");
    const lines = [
      ["Twilio, inbound messages", "/callbacks/twilio/inbound"],
      ["Africa's Talking, delivery reports", callbackPath(digests, "africas_talking")],
      ["Amazon SES, HTTPS subscription of the SNS topic", "/callbacks/ses"],
      ["Postmark, webhooks", callbackPath(digests, "postmark")],
      ["your own service, reports", "/callbacks/webhook"],
    ] as const;
    for (const [name, path] of lines) context.print(`${name}\n  ${base}${path}`);
    return 0;
  },
};
