import { startPostgres } from "../postgres.ts";
import { startRedis } from "../redis.ts";

// A program for the test that kills it: starts both servers, tells their process ids, and waits.
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
await redis.freeze();
const told = { pids: [postgres.pid, redis.pid], folder: postgres.dataFolder };
process.stdout.write(`${JSON.stringify(told)}\n`);
