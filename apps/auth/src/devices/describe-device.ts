import { hash } from "node:crypto";
import Bowser from "bowser";
import type { Origin } from "../http/origin.ts";

/** What a browser or app is, in words of ours alone: nothing of what it sent is in them. */
export type Device = Readonly<{
  /** "Firefox on Linux". */
  name: string;
  browser: string | null;
  os: string | null;
  deviceType: string | null;
}>;

const UNKNOWN = "Unknown device";

// The parser names what it does not know by a piece of the header, which a sender may choose.
const BROWSERS: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const SYSTEMS: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));
const TYPES: ReadonlySet<string> = new Set(Object.values(Bowser.PLATFORMS_MAP));

type DeviceOrigin = Pick<Origin, "userAgent" | "acceptLanguage" | "clientHints">;

/** Describes the sender of a request by its User-Agent and client hints. Fit for mails and screens. */
export function describeDevice(origin: Omit<DeviceOrigin, "acceptLanguage">): Device {
  const { userAgent, clientHints } = origin;
  const { browser, os, platform } = parse(userAgent, clientHints);
  const known = {
    browser: knownWord(BROWSERS, browser.name),
    os: knownWord(SYSTEMS, os.name),
    deviceType: knownWord(TYPES, platform.type),
  };
  const name = [known.browser, known.os].filter((word) => word !== null).join(" on ");
  return { name: name || UNKNOWN, ...known };
}

/**
 * SHA-256 over browser family, operating system, device type, Accept-Language and the platform
 * client hints, as base64url. No version is in it: an update is not another device.
 */
export function fingerprintOf(origin: DeviceOrigin, device: Device): string {
  const { browser, os, deviceType } = device;
  const { platform = null, isMobile = null } = origin.clientHints ?? {};
  const parts = [browser, os, deviceType, origin.acceptLanguage, platform, isMobile];
  return hash("sha256", JSON.stringify(parts), "base64url");
}

const NOTHING: Bowser.Parser.ParsedResult = { browser: {}, os: {}, platform: {}, engine: {} };

function parse(userAgent: string | null, hints: Origin["clientHints"]): Bowser.Parser.ParsedResult {
  if (userAgent === null) {
    return NOTHING;
  }
  const { platform = null, isMobile = null, brands = [] } = hints ?? {};
  return Bowser.parse(userAgent, {
    brands: [...brands],
    ...(platform === null ? {} : { platform }),
    ...(isMobile === null ? {} : { mobile: isMobile }),
  });
}

const knownWord = (words: ReadonlySet<string>, word: string | undefined): string | null =>
  word !== undefined && words.has(word) ? word : null;
