import type { Program } from "./program.ts";
import { PushError } from "./push-error.ts";

/**
 * The URL, if a connection can be tried with it. Throws PushError otherwise; the message never
 * repeats the value, which holds a password.
 */
export function checkDatabaseUrl(
  url: string | undefined,
  program: Program = "postern-schema push",
): string {
  if (!url) {
    const fix = {
      "pnpm db:push":
        "Set it in the environment or in .env, or keep `pnpm dev` running beside, which brings a database.",
      "postern-schema push":
        "Set it in the environment, in .env, or as dbCredentials.url in drizzle.config.ts.",
    }[program];
    throw new PushError(`DATABASE_URL is not set. ${fix}`);
  }
  // postgres.js 3 cuts a host at its first colon, in brackets or not.
  if (/(?:^|,)\[/.test(authorityOf(url).replace(/^.*@/, ""))) {
    throw new PushError(
      "DATABASE_URL names its host by an IPv6 address, which the driver cannot read. Use a host name or an IPv4 address.",
    );
  }
  if (!isWellFormed(url)) {
    throw new PushError(
      "DATABASE_URL is malformed. It reads postgres://user:password@host:5432/database, with special characters of the password as %XX, % itself as %25.",
    );
  }
  return url;
}

const authorityOf = (url: string) => /^[a-z]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? "";

function isWellFormed(url: string): boolean {
  if (!/^postgres(ql)?:\/\/[^/]/.test(url) || !URL.canParse(firstHost(url))) return false;
  try {
    // Both the driver and addressOf() decode; a bare % makes them throw.
    decodeURIComponent(`${authorityOf(url)}${new URL(firstHost(url)).pathname}`);
    return true;
  } catch {
    return false;
  }
}

/** A URL may name several hosts, which the URL standard does not know. */
const firstHost = (url: string) => url.replace(/,[^/?@]*(?=[/?]|$)/, "");

export type Address = {
  host: string;
  port: string;
  database: string;
  user: string;
  /** Whether the URL asks for TLS. */
  isEncrypted: boolean;
};

/** Where a checked URL leads, without its password, for messages. */
export function addressOf(databaseUrl: string): Address {
  const { hostname, port, pathname, username, searchParams } = new URL(firstHost(databaseUrl));
  const user = decodeURIComponent(username) || "postgres";
  const mode = searchParams.get("sslmode") ?? searchParams.get("ssl") ?? "disable";
  return {
    host: hostname || "localhost",
    port: port || "5432",
    database: decodeURIComponent(pathname.slice(1)) || user,
    user,
    isEncrypted: mode !== "disable" && mode !== "false",
  };
}
