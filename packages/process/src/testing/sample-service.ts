import { createLogger } from "../create-logger.ts";
import { runService } from "../run-service.ts";

/** A service that does nothing until it is told to stop, or fails in the way its argument names. */
const [fault] = process.argv.slice(2);
const log = createLogger({ service: "sample", level: "info" });

await runService({
  name: "sample",
  start: async () => {
    if (fault === "start") {
      throw new Error("no such host\nand a second line");
    }
    // Keeps the process alive, as a listening socket would.
    const timer = setInterval(() => undefined, 1_000);
    if (fault === "rejection") {
      setTimeout(() => void Promise.reject(new Error("nobody waits for this")), 20);
    }
    log.info("started");
    const stop = async () => {
      if (fault === "stuck") {
        await new Promise(() => undefined);
      }
      clearInterval(timer);
    };
    return { log, stop };
  },
});
