import type { FastifyRequest } from "fastify";
import type { Config } from "../config.ts";
import { clientAddress, networkOf } from "./client-address.ts";
import { type ClientHints, readClientHints } from "./client-hints.ts";

/** Where a request comes from, fit to be stored and counted. */
export type Origin = Readonly<{
  /** IPv4, or canonical IPv6. */
  ipAddress: string;
  /** Whom to throttle: the IPv4 address, or the /64 of an IPv6 address. */
  network: string;
  userAgent: string | null;
  acceptLanguage: string | null;
  /** Of Chromium alone; absent where a browser sends none. */
  clientHints?: ClientHints;
}>;

const USER_AGENT_CHARS_MAX = 512;
const ACCEPT_LANGUAGE_CHARS_MAX = 128;

/** Reads the origin of a request; X-Forwarded-For counts from our own proxies alone. */
export function originOf(request: FastifyRequest, config: Config): Origin {
  const forwarded = request.headers["x-forwarded-for"];
  const hop = {
    remoteAddress: request.raw.socket.remoteAddress,
    forwardedFor: Array.isArray(forwarded) ? forwarded.join(",") : forwarded,
  };
  const ipAddress = clientAddress(hop, config.trustedProxies);
  return {
    ipAddress,
    network: networkOf(ipAddress),
    userAgent: cleanHeader(request.headers["user-agent"], USER_AGENT_CHARS_MAX),
    acceptLanguage: cleanHeader(request.headers["accept-language"], ACCEPT_LANGUAGE_CHARS_MAX),
    ...readClientHints(request.headers),
  };
}

/**
 * A header that the database can store whatever the client sent: no control characters, no NUL, no
 * half of a surrogate pair, cut to its column. Otherwise an attacker could make the log row fail.
 */
export function cleanHeader(value: string | undefined, charsMax: number): string | null {
  const text = (value ?? "")
    .replace(/\p{Cc}/gu, " ")
    .slice(0, charsMax)
    .toWellFormed()
    .trim();
  return text === "" ? null : text;
}
