/** Where and how to reach the mail server, as nodemailer takes it. */
export type SmtpServer = Readonly<{
  host: string;
  port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  secure: boolean;
  /** Refuses to go on in clear. */
  requireTLS: boolean;
  auth?: { user: string; pass: string };
}>;

const SUBMISSION_PORT = 587;
const SUBMISSIONS_PORT = 465;

/**
 * Reads `smtp://` (STARTTLS where offered) or `smtps://` (TLS at once), with credentials and port
 * where needed. Credentials leave this machine only over TLS. Null where it is no such URL, or has
 * a path or query: nodemailer would take options from there that switch its guards off.
 */
export function readSmtpUrl(text: string): SmtpServer | null {
  const url = URL.parse(text);
  if (!url || !isPlain(url)) return null;
  const secure = url.protocol === "smtps:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const auth = readCredentials(url);
  if (auth === null) return null;
  return {
    host,
    port: url.port ? Number(url.port) : secure ? SUBMISSIONS_PORT : SUBMISSION_PORT,
    secure,
    requireTLS: !secure && auth !== undefined && !isLoopback(host),
    ...(auth && { auth }),
  };
}

function isPlain({ protocol, hostname, pathname, search, hash }: URL): boolean {
  const hasScheme = protocol === "smtp:" || protocol === "smtps:";
  return hasScheme && hostname !== "" && ["", "/"].includes(pathname) && search + hash === "";
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || host.startsWith("127.");

/** Undefined without a user name, null where the percent-encoding is broken. */
function readCredentials({ username, password }: URL) {
  if (username === "") return undefined;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    return null;
  }
}
