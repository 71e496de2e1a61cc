import { runService } from "@postern/process";
import { readConfig } from "./config.ts";
import { startNotifier } from "./start-notifier.ts";

await runService({
  name: "notifier",
  start: async () => startNotifier(readConfig(process.env)),
});
