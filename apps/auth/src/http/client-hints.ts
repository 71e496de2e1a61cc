import type { IncomingHttpHeaders } from "node:http";

/** What Chromium says of itself unasked (User-Agent Client Hints, 3.1): the user agent is frozen. */
export type ClientHints = Readonly<{
  platform: string | null;
  isMobile: boolean | null;
  brands: readonly { brand: string; version: string }[];
}>;

const HEADER_CHARS_MAX = 512;
const BRAND = /"([^"\\]{1,64})";v="(\d{1,4})"/g;

/** Reads the three hints that come with every request, each as a structured field (RFC 8941). */
export function readClientHints(headers: IncomingHttpHeaders): { clientHints?: ClientHints } {
  const brands = textOf(headers["sec-ch-ua"]);
  const platform = /^"([\w .-]{1,32})"$/.exec(textOf(headers["sec-ch-ua-platform"]))?.[1] ?? null;
  const mobile = /^\?([01])$/.exec(textOf(headers["sec-ch-ua-mobile"]))?.[1];
  if (brands === "" && platform === null && mobile === undefined) {
    return {};
  }
  return {
    clientHints: {
      platform,
      isMobile: mobile === undefined ? null : mobile === "1",
      brands: [...brands.matchAll(BRAND)].map(([, brand = "", version = ""]) => ({
        brand,
        version,
      })),
    },
  };
}

const textOf = (header: string | string[] | undefined): string =>
  typeof header === "string" ? header.slice(0, HEADER_CHARS_MAX) : "";
