import type { Previews } from "../inbox/preview.ts";
import { COMPILE_CACHE, repositoryFolder } from "../repository.ts";
import { run } from "../run.ts";

const PROGRAM = "apps/notifier/src/print-previews.ts";

/**
 * Has the notifier's own program write every message out, anew each time, so that a template that
 * was just saved shows at the next look.
 */
export async function readPreviews(environment: Record<string, string>): Promise<Previews> {
  const { ok, output, everything } = await run(process.execPath, [PROGRAM], {
    cwd: repositoryFolder,
    environment: { ...COMPILE_CACHE, ...environment },
  });
  return ok ? { previews: JSON.parse(output), faults: [] } : { previews: [], faults: [everything] };
}
