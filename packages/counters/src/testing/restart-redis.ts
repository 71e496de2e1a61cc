import { type RedisServer, startRedis } from "@postern/devkit";
import { Redis } from "ioredis";

/** Starts a Redis again where a stopped one was: same port, same password, nothing remembered. */
export async function restartRedis(stopped: RedisServer): Promise<RedisServer> {
  const server = await startRedis({ port: stopped.port });
  const admin = new Redis(server.url);
  await admin.config("SET", "requirepass", new URL(stopped.url).password);
  admin.disconnect();
  return server;
}
