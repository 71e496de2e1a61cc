import { Cluster, Redis, type RedisOptions } from "ioredis";

export type RedisClient = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 1000;
const RECONNECT_DELAY_MAX_MS = 1000;

// For ever, because an operator who restarts Redis must not have to restart us as well.
const reconnectDelayMs = (times: number) => Math.min(50 * 2 ** times, RECONNECT_DELAY_MAX_MS);

// Nothing waits for a connection and nothing is sent twice: a counter that moves after its caller
// was refused, or moves twice, is worse than a refusal.
const CONNECTION = {
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // A frozen peer never answers the end of the stream, so it is not waited for.
  disconnectTimeout: 100,
  // After a fail-over the old primary refuses writes: find the new one, without resending.
  reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? 1 : false),
} as const satisfies RedisOptions;

const parseServer = (text: string) => {
  const url = new URL(text.includes("://") ? text : `redis://${text}`);
  return { url, host: url.hostname, port: Number(url.port || 6379) };
};

function openCluster(servers: string[]): Cluster {
  const nodes = servers.map(parseServer);
  const first = nodes[0]?.url;
  const options = {
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    // A command whose connection closed may have run already. Redirections have not, and are followed.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshInterval: 5000,
    redisOptions: {
      ...CONNECTION,
      ...(first?.username ? { username: decodeURIComponent(first.username) } : {}),
      ...(first?.password ? { password: decodeURIComponent(first.password) } : {}),
      ...(first?.protocol === "rediss:" ? { tls: {} } : {}),
    },
  } as const;
  return new Cluster(
    nodes.map(({ host, port }) => ({ host, port })),
    options,
  );
}

/**
 * Opens a connection that never gives up, queues nothing and resends nothing. A comma in the URL
 * means a cluster; user, password and TLS are then those of the first server named.
 *
 * It does not throw when Redis is away; it connects when Redis comes.
 */
export function openRedisClient(url: string): RedisClient {
  const servers = url
    .split(",")
    .map((server) => server.trim())
    .filter((server) => server !== "");
  if (servers.length > 1) return openCluster(servers);
  return new Redis(servers[0] ?? url, {
    ...CONNECTION,
    enableOfflineQueue: false,
    retryStrategy: reconnectDelayMs,
  });
}
