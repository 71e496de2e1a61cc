import { DevError } from "./dev/dev-error.ts";
import { HELP, readOptions } from "./dev/options.ts";
import { say } from "./dev/screen.ts";
import { readSettings } from "./dev/settings.ts";
import { startDevelopment } from "./dev/start.ts";
import { untilAskedToStop } from "./dev/until-asked-to-stop.ts";
import { sayWelcome } from "./dev/welcome.ts";

// The `pnpm dev` command. Every server that it starts ends with it, however it ends.
const stack = new AsyncDisposableStack();
const asked = untilAskedToStop();
try {
  const options = readOptions(process.argv.slice(2));
  if (options.isHelp) process.stdout.write(HELP);
  else await Promise.race([develop(options.isFresh), asked]);
  await stack.disposeAsync();
} catch (error) {
  process.stderr.write(`pnpm dev: ${explain(error)}\n`);
  await stack.disposeAsync();
  process.exit(1);
}
process.exit(0);

async function develop(isFresh: boolean): Promise<never> {
  say("\n  Postern, for development\n");
  const settings = readSettings(process.env);
  const { record, broken } = await startDevelopment({ settings, isFresh, stack });
  sayWelcome(record);
  return broken;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What we did not foresee is a fault of ours: where it happened is of use.
  const isForeseen = error instanceof DevError || !(error instanceof TypeError);
  return isForeseen ? error.message : (error.stack ?? error.message);
}
