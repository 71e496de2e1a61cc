import { verify, X509Certificate } from "node:crypto";

/** What of Amazon SNS a topic's subscriber reads. */
export type SnsMessage = Readonly<{
  Type: string;
  MessageId: string;
  TopicArn: string;
  Message: string;
  Timestamp: string;
  Signature: string;
  SignatureVersion: string;
  SigningCertURL: string;
  Subject?: string;
  SubscribeURL?: string;
  Token?: string;
}>;

export type SnsOptions = Readonly<{
  /** The topics that we subscribed to, and no other. */
  topicArns: readonly string[];
  /** Reads a certificate, and confirms a subscription. */
  fetchText: (url: URL) => Promise<string>;
  now: () => Date;
}>;

const HOST = /^sns\.[a-z0-9-]{3,32}\.amazonaws\.com(\.cn)?$/;
const CERTIFICATES_MAX = 8;

const NOTIFICATION = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"] as const;
const CONFIRMATION = [
  "Message",
  "MessageId",
  "SubscribeURL",
  "Timestamp",
  "Token",
  "TopicArn",
  "Type",
] as const;

const ALGORITHMS: Readonly<Record<string, string>> = { "1": "RSA-SHA1", "2": "RSA-SHA256" };

export type SnsReader = (body: string) => Promise<SnsMessage | null>;

/**
 * Reads requests of Amazon SNS: signed, version 1 or 2, under a certificate that comes from an SNS
 * host, for a topic of ours. Null for any other. Certificates are kept by their address.
 */
export function createSnsReader(options: SnsOptions): SnsReader {
  const certificates = new Map<string, X509Certificate>();

  async function certificateAt(address: string): Promise<X509Certificate | null> {
    const url = readSnsUrl(address);
    if (!url?.pathname.endsWith(".pem")) return null;
    const known = certificates.get(url.href);
    if (known) return known;
    const certificate = new X509Certificate(await options.fetchText(url));
    if (certificates.size >= CERTIFICATES_MAX) certificates.clear();
    certificates.set(url.href, certificate);
    return certificate;
  }

  return async (body) => {
    const message = parse(body);
    if (!message || !options.topicArns.includes(message.TopicArn)) return null;
    const algorithm = ALGORITHMS[message.SignatureVersion];
    const certificate = await certificateAt(message.SigningCertURL).catch(() => null);
    if (!algorithm || !certificate || !isValid(certificate, options.now())) return null;
    const signature = Buffer.from(message.Signature, "base64");
    const text = Buffer.from(canonical(message));
    return verify(algorithm, text, certificate.publicKey, signature) ? message : null;
  };
}

/** An address at Amazon SNS; null for every other, so that nobody makes us ask elsewhere. */
export function readSnsUrl(address: string | undefined): URL | null {
  const url = URL.parse(address ?? "");
  const isTheirs = url?.protocol === "https:" && HOST.test(url.hostname) && url.port === "";
  return isTheirs && url.username === "" ? url : null;
}

const isValid = (certificate: X509Certificate, now: Date): boolean =>
  certificate.validFromDate <= now && now <= certificate.validToDate;

/** Each field that the signature covers, its name and its value, a line each. */
function canonical(message: SnsMessage): string {
  const fields = message.Type === "Notification" ? NOTIFICATION : CONFIRMATION;
  return fields
    .filter((field) => message[field] !== undefined)
    .map((field) => `${field}\n${message[field]}\n`)
    .join("");
}

const REQUIRED = [
  "Type",
  "MessageId",
  "TopicArn",
  "Message",
  "Timestamp",
  "Signature",
  "SignatureVersion",
  "SigningCertURL",
] as const;
const OPTIONAL = ["Subject", "SubscribeURL", "Token"] as const;

function parse(body: string): SnsMessage | null {
  try {
    const value = JSON.parse(body) as Record<string, unknown>;
    const isWhole =
      REQUIRED.every((field) => typeof value[field] === "string") &&
      OPTIONAL.every((field) => ["string", "undefined"].includes(typeof value[field]));
    return isWhole ? (value as SnsMessage) : null;
  } catch {
    return null;
  }
}
