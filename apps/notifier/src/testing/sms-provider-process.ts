import { randomInt } from "node:crypto";
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startSmsProviders } from "@postern/devkit";

const ANSWER_MILLISECONDS = [10, 50] as const;
const STANDARD_OUTPUT = 1;

const tell = (line: object) => writeSync(STANDARD_OUTPUT, `${JSON.stringify(line)}\n`);

// A provider to be killed: `node sms-provider-process.ts PORT REPORT_URL`. The first line on the
// standard output is its accounts, each later one what it took, before anybody else is told: kill -9
// takes that back no more.
const [port, reportUrl = ""] = process.argv.slice(2);
const { twilio, africasTalking, reportTo } = await startSmsProviders({
  port: Number(port),
  async beforeAnswer({ provider, id, to, text }) {
    tell({ provider, id, to, text });
    await sleep(randomInt(...ANSWER_MILLISECONDS));
  },
});
reportTo(reportUrl);
tell({ twilio, africasTalking });
