/** Schemes that run or show what they carry, instead of leading to an app. */
const NEVER: ReadonlySet<string> = new Set([
  "javascript:",
  "data:",
  "vbscript:",
  "file:",
  "blob:",
  "about:",
]);

/**
 * Whether people may be sent there from a sign-in: an https page, a page of this machine, or the
 * private scheme of an app (RFC 8252, 7.1). Which of these are registered is another question:
 * those are compared as exact strings.
 */
export function isRedirectUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.includes("#") || NEVER.has(url.protocol) || url.username !== "") {
    return false;
  }
  return url.protocol !== "http:" || isLoopback(url);
}

/** Plain http is safe where it never leaves the machine. */
export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
