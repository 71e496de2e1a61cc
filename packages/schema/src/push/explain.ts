import { type Target, targetOf } from "./database-url.ts";
import { RECORDS_SCHEMA } from "./ours.ts";
import { PushError } from "./push-error.ts";

type Fault = { code?: string; message: string };

const NOTHING_DONE = "Nothing was done.";

/** One line for each way in which a connection or a statement can fail, by SQLSTATE or driver code. */
const EXPLANATIONS: Readonly<Record<string, (target: Target, message: string) => string>> = {
  ENOTFOUND: ({ host }) => `The host ${host} does not resolve. Check DATABASE_URL.`,
  EAI_AGAIN: ({ host }) => `The host ${host} does not resolve. Check DATABASE_URL and the network.`,
  ECONNREFUSED: ({ host, port }) =>
    `No database listens on ${host}:${port}. Start PostgreSQL, or \`pnpm dev\`, or check DATABASE_URL.`,
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
    `The server takes no writes: it is a standby or read-only. Point DATABASE_URL at the primary.`,
  "55P03": () =>
    `Another session holds a lock on one of our tables. ${NOTHING_DONE} Try again when it has ended.`,
  "40P01": () => `Another session was in the way (deadlock). ${NOTHING_DONE} Try again.`,
  "57014": () => `A statement took too long. ${NOTHING_DONE} For large tables use migrations.`,
};

function explainSilence({ host, port }: Target): string {
  return `${host}:${port} does not answer. Check DATABASE_URL and the firewall between.`;
}

function explainNoRoute({ host, port }: Target): string {
  return `No network leads to ${host}:${port}. Check DATABASE_URL, the network and any VPN.`;
}

function explainReset({ host, port, isEncrypted }: Target): string {
  return isEncrypted
    ? `The server on ${host}:${port} broke off the TLS handshake: it may have TLS off. Turn it on there (ssl = on), or set sslmode=disable in DATABASE_URL where the network is trusted.`
    : `The connection to ${host}:${port} was reset. ${NOTHING_DONE} Check that PostgreSQL listens there, and its log.`;
}

/** By OpenSSL's and Node's codes, such as SELF_SIGNED_CERT_IN_CHAIN or ERR_TLS_CERT_ALTNAME_INVALID. */
function explainTls({ host, port }: Target, { code = "", message }: Fault): string | undefined {
  const reason = message.split("\n")[0];
  if (/CERT|^UNABLE_TO_|^CRL_/.test(code)) {
    return `The certificate of ${host}:${port} did not pass (${reason}). Name its authority's file in NODE_EXTRA_CA_CERTS, use the host name it is made out to, or renew it.`;
  }
  return /^ERR_(SSL|TLS)_/.test(code)
    ? `TLS with ${host}:${port} failed (${reason}). Check sslmode in DATABASE_URL and the server's ssl settings.`
    : undefined;
}

function explainPrivilege({ user, database }: Target, message: string): string {
  const grant = grantFor(message, database);
  const fix = grant
    ? `run as its owner: ${grant} TO "${user}"`
    : "connect as the role that pushed before";
  return `The role ${user} lacks a privilege: ${message}. ${NOTHING_DONE} To allow it, ${fix}.`;
}

function grantFor(message: string, database: string): string | undefined {
  if (message.includes("temporary tables")) return `GRANT TEMPORARY ON DATABASE "${database}"`;
  if (message.includes("for database")) return `GRANT CREATE ON DATABASE "${database}"`;
  const schema = /for schema (\S+)/.exec(message)?.[1];
  const isGrantable = schema && schema !== RECORDS_SCHEMA;
  return isGrantable ? `GRANT USAGE, CREATE ON SCHEMA ${schema}` : undefined;
}

/**
 * What went wrong, as a PushError of one line, where it is a fault of the surroundings. Anything
 * else comes back as it is: it is a bug of ours. No parameter and no row is repeated.
 */
export function explain(error: unknown, databaseUrl: string): unknown {
  if (error instanceof PushError || !(error instanceof Error)) return error;
  const fault: Fault = error;
  const { code = "", message } = fault;
  const target = targetOf(databaseUrl);
  const line =
    EXPLANATIONS[code]?.(target, message) ??
    explainTls(target, fault) ??
    explainState(code, message);
  return line ? new PushError(line, { cause: error }) : error;
}

/** The rest of PostgreSQL's answers: its own first line says it best. */
function explainState(code: string, message: string): string | undefined {
  const isSqlState = /^[0-9A-Z]{5}$/.test(code);
  return isSqlState
    ? `PostgreSQL refused (${code}): ${message.split("\n")[0]}. ${NOTHING_DONE}`
    : undefined;
}
