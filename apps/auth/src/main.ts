import { runService } from "@postern/process";
import { readConfig } from "./config.ts";
import { startAuth } from "./start.ts";

await runService({ name: "auth", start: () => startAuth(readConfig(process.env)) });
