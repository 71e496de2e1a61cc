import { join } from "node:path";
import { stateFolder } from "../repository.ts";
import { DevError } from "./dev-error.ts";

export type Place = { name: string; variable: string; host: string; port: number };

export type Settings = Readonly<{
  /** Of somebody else's servers; without them we start our own. */
  databaseUrl: string | undefined;
  /** The PostgreSQL schema that holds the tables. */
  databaseSchema: string;
  redisUrl: string | undefined;
  auth: Place;
  authOperators: Place;
  notifier: Place;
  notifierOperators: Place;
  inboxMail: Place;
  inboxPage: Place;
  /** Undefined: the usual one when it is free, else any. */
  postgresPort: number | undefined;
  redisPort: number | undefined;
  folders: Readonly<{ postgres: string; redis: string; logs: string }>;
}>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what the environment says. An empty variable counts as absent. Throws DevError. */
export function readSettings(environment: Environment): Settings {
  const text = (name: string) => environment[name] || undefined;
  const port = (name: string) => portOf(name, text(name));
  const place = (name: string, prefix: string, usual: number): Place => ({
    name,
    variable: `${prefix}_PORT`,
    host: text(`${prefix}_HOST`) ?? "127.0.0.1",
    port: port(`${prefix}_PORT`) ?? usual,
  });
  return {
    databaseUrl: text("DATABASE_URL"),
    databaseSchema: text("DATABASE_SCHEMA") ?? "postern",
    redisUrl: text("REDIS_URL"),
    auth: place("auth", "AUTH", 3001),
    authOperators: place("auth's operators' listener", "AUTH_METRICS", 9464),
    notifier: place("notifier", "NOTIFIER", 3002),
    notifierOperators: place("notifier's operators' listener", "NOTIFIER_METRICS", 9465),
    inboxMail: { ...place("the inbox", "INBOX_SMTP", 1025), host: "127.0.0.1" },
    inboxPage: { ...place("the inbox's page", "INBOX_WEB", 8025), host: "127.0.0.1" },
    postgresPort: port("POSTGRES_PORT"),
    redisPort: port("REDIS_PORT"),
    folders: {
      postgres: join(stateFolder, "postgres"),
      redis: join(stateFolder, "redis"),
      logs: join(stateFolder, "logs"),
    },
  };
}

function portOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new DevError(`${name} is not a port from 1 to 65535.`);
}

/** The address that a client on this machine uses. */
export const urlOf = ({ host, port }: Place): string =>
  `http://${["0.0.0.0", "::"].includes(host) ? "127.0.0.1" : host}:${port}`;
