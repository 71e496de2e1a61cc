/** The mail services that report to /callbacks, by the SMTP hosts of their own. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/^smtp(-broadcasts)?\.postmarkapp\.com$/i, "postmark"],
  [/^email-smtp(-fips)?\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?$/i, "ses"],
];

/** A mail server that is not known to be one of those: it may relay to any of them. */
export const UNKNOWN_MAIL_PROVIDER = "smtp";

/** Who sends the mails that go to an SMTP host, as their rows name it. */
export const mailProviderOf = (host: string): string =>
  HOSTS.find(([pattern]) => pattern.test(host))?.[1] ?? UNKNOWN_MAIL_PROVIDER;
