import { BlockList, isIP } from "node:net";

export type ParsedProxies = { proxies: BlockList; isValid: boolean };

/**
 * Reads a list of addresses and CIDR ranges. Never `true` and never a number of hops: both would
 * let a caller choose the address it is counted under.
 */
export function parseProxies(text: string): ParsedProxies {
  const proxies = new BlockList();
  const entries = text.split(",").map((entry) => entry.trim());
  const isValid = entries.filter((entry) => entry !== "").every((entry) => add(proxies, entry));
  return { proxies, isValid };
}

function add(proxies: BlockList, entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) {
    return false;
  }
  const family = version === 4 ? "ipv4" : "ipv6";
  const bitsMax = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? bitsMax : Number(bits);
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) {
    return false;
  }
  // A range of everything is `true` by another name.
  if (prefix < 1 || prefix > bitsMax) {
    return false;
  }
  proxies.addSubnet(address, prefix, family);
  return true;
}
