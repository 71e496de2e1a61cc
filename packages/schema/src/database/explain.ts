import type { TargetUsers } from "../target.ts";
import { type Address, addressOf } from "./database-url.ts";
import type { Program } from "./program.ts";
import { PushError } from "./push-error.ts";
import { quoted } from "./quoted.ts";
import { RECORDS_SCHEMA } from "./records-table.ts";

type Fault = { code?: string; message: string; detail?: string };

/** What a failure may have to do with. */
export type Surroundings = {
  readonly program: Program;
  /** Undefined where the declaration was not read yet. */
  readonly users?: TargetUsers | undefined;
};

type Place = Address & Surroundings;

const NOTHING_DONE = "Nothing was done.";

/**
 * One line for each way in which a connection or a statement can fail, by SQLSTATE or driver code.
 */
const EXPLANATIONS: Readonly<Record<string, (place: Place, fault: Fault) => string>> = {
  ENOTFOUND: ({ host }) => `The host ${host} does not resolve. Check DATABASE_URL.`,
  EAI_AGAIN: ({ host }) => `The host ${host} does not resolve. Check DATABASE_URL and the network.`,
  ECONNREFUSED: ({ host, port, program }) =>
    `No database listens on ${host}:${port}. Start PostgreSQL,${program === "pnpm db:push" ? " or `pnpm dev`," : ""} or check DATABASE_URL.`,
  CONNECT_TIMEOUT: explainSilence,
  ETIMEDOUT: explainSilence,
  ENETUNREACH: explainNoRoute,
  EHOSTUNREACH: explainNoRoute,
  ECONNRESET: explainReset,
  EPIPE: explainReset,
  CONNECTION_CLOSED: ({ host, port }) =>
    `The server on ${host}:${port} closed the connection. ${NOTHING_DONE} Check its log and try again.`,
  "28P01": ({ user }) =>
    `Wrong password for the role ${user}. Check the user and the password in DATABASE_URL.`,
  "28000": ({ user, database }) =>
    `The server does not let the role ${user} into ${database}. Check DATABASE_URL and pg_hba.conf.`,
  "3D000": ({ database }) =>
    `The database ${database} does not exist. Create it (createdb ${database}) or check DATABASE_URL.`,
  "42501": explainPrivilege,
  "53300": () => "The server has no connection left. Close some, or raise max_connections.",
  "57P03": () => "The server is starting up. Try again in a moment.",
  "57P01": () => `The server ended the connection. ${NOTHING_DONE} Try again.`,
  "25006": () =>
    "The server takes no writes: it is a standby or read-only, or default_transaction_read_only is on. Point DATABASE_URL at the primary, as a role that may write.",
  "55P03": () =>
    `Another session holds a lock on one of our tables. ${NOTHING_DONE} Try again when it has ended.`,
  "40P01": () => `Another session was in the way (deadlock). ${NOTHING_DONE} Try again.`,
  // Its detail has names, and no row.
  "2BP01": (_, { message, detail = message }) =>
    `Something that is not ours hangs on what would go: ${detail.split("\n")[0]}. ${NOTHING_DONE} Drop that, push, and create it again.`,
  "42830": (_, { message }) =>
    `PostgreSQL refused (42830): ${message}. ${NOTHING_DONE} Give the id of your users table a primary key or a unique constraint.`,
  "57014": () => `A statement took too long. ${NOTHING_DONE} For large tables use migrations.`,
};

function explainSilence({ host, port }: Address): string {
  return `${host}:${port} does not answer. Check DATABASE_URL and the firewall between.`;
}

function explainNoRoute({ host, port }: Address): string {
  return `No network leads to ${host}:${port}. Check DATABASE_URL, the network and any VPN.`;
}

function explainReset({ host, port, isEncrypted }: Address): string {
  return isEncrypted
    ? `The server on ${host}:${port} broke off the TLS handshake: it may have TLS off. Turn it on there (ssl = on), or set sslmode=disable in DATABASE_URL where the network is trusted.`
    : `The connection to ${host}:${port} was reset. ${NOTHING_DONE} Check that PostgreSQL listens there, and its log.`;
}

/**
 * By OpenSSL's and Node's codes, such as SELF_SIGNED_CERT_IN_CHAIN or ERR_TLS_CERT_ALTNAME_INVALID.
 */
function explainTls({ host, port }: Address, { code = "", message }: Fault): string | undefined {
  const reason = message.split("\n")[0];
  if (/CERT|^UNABLE_TO_|^CRL_/.test(code)) {
    return `The certificate of ${host}:${port} did not pass (${reason}). Name its authority's file in NODE_EXTRA_CA_CERTS, use the host name it is made out to, or renew it.`;
  }
  return /^ERR_(SSL|TLS)_/.test(code)
    ? `TLS with ${host}:${port} failed (${reason}). Check sslmode in DATABASE_URL and the server's ssl settings.`
    : undefined;
}

function explainPrivilege(place: Place, { message }: Fault): string {
  const { user } = place;
  const grant = grantFor(message, place);
  const fix = grant
    ? `run as its owner: ${grant} TO ${quoted(user)};`
    : "connect as the role that pushed before";
  return `The role ${user} lacks a privilege: ${message}. ${NOTHING_DONE} To allow it, ${fix}.`;
}

function grantFor(message: string, { database, users }: Place): string | undefined {
  if (message.includes("temporary tables"))
    return `GRANT TEMPORARY ON DATABASE ${quoted(database)}`;
  if (message.includes("for database")) return `GRANT CREATE ON DATABASE ${quoted(database)}`;
  const isAppsUsers = users && !users.isOurs;
  if (isAppsUsers && message.endsWith(`for table ${users.table}`)) {
    return `GRANT SELECT, REFERENCES, TRIGGER ON ${quoted(users.schema, users.table)}`;
  }
  const schema = /for schema (\S+)/.exec(message)?.[1];
  const isGrantable = schema && schema !== RECORDS_SCHEMA;
  return isGrantable ? `GRANT USAGE, CREATE ON SCHEMA ${schema}` : undefined;
}

/**
 * What went wrong, as a PushError of one line, where it is a fault of the surroundings. Anything
 * else comes back as it is: it is a bug of ours. No parameter and no row is repeated.
 */
export function explain(
  error: unknown,
  databaseUrl: string,
  surroundings: Surroundings = { program: "postern-schema push" },
): unknown {
  if (error instanceof PushError || !(error instanceof Error)) return error;
  const fault: Fault = error;
  const { code = "", message } = fault;
  const place = { ...addressOf(databaseUrl), ...surroundings };
  const line =
    EXPLANATIONS[code]?.(place, fault) ?? explainTls(place, fault) ?? explainState(code, message);
  return line ? new PushError(line, { cause: error }) : error;
}

/** The rest of PostgreSQL's answers: its own first line says it best. */
function explainState(code: string, message: string): string | undefined {
  const isSqlState = /^[0-9A-Z]{5}$/.test(code);
  return isSqlState
    ? `PostgreSQL refused (${code}): ${message.split("\n")[0]}. ${NOTHING_DONE}`
    : undefined;
}
