import { type BlockList, isIP, isIPv6, SocketAddress } from "node:net";

/** What a hop is called where its address is not known, as when the socket is already closed. */
const NOBODY = "0.0.0.0";
/** A longer chain is not walked: no honest one has as many proxies. */
const HOPS_MAX = 32;

export type Hop = { remoteAddress: string | undefined; forwardedFor: string | undefined };

/**
 * The address a request is counted and logged under: the socket's, or, where the socket's peer is one
 * of our proxies, the right-most address of X-Forwarded-For that is none of them. What a caller
 * writes further left is never believed, and text that is no address ends the walk.
 *
 * IPv4 mapped into IPv6 comes out as IPv4, so `::ffff:1.2.3.4` and `1.2.3.4` are one client.
 */
export function clientAddress({ remoteAddress, forwardedFor }: Hop, proxies: BlockList): string {
  let address = normaliseAddress(remoteAddress ?? "") ?? NOBODY;
  const hops = (forwardedFor ?? "").split(",").slice(-HOPS_MAX);
  while (hops.length > 0 && isAmong(proxies, address)) {
    const next = normaliseAddress(withoutPort(hops.pop() ?? ""));
    if (next === null) {
      break;
    }
    address = next;
  }
  return address;
}

/** Whom to throttle: an IPv4 address whole, of IPv6 the /64 that one customer has. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) {
    return address;
  }
  return `${groupsOf(address).slice(0, 4).join(":")}::/64`;
}

function isAmong(proxies: BlockList, address: string): boolean {
  return proxies.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** Canonical text of an address, or null for text that is none. */
function normaliseAddress(text: string): string | null {
  const [address = ""] = text.trim().split("%");
  const version = isIP(address);
  if (version !== 6) {
    return version === 4 ? address : null;
  }
  const canonical = new SocketAddress({ address, family: "ipv6" }).address;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(canonical)?.[1] ?? canonical;
}

/** Some proxies write `1.2.3.4:5678` or `[2001:db8::1]:5678`. */
function withoutPort(text: string): string {
  const hop = text.trim();
  return /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? hop.replace(/^([\d.]+):\d+$/, "$1");
}

/** The eight groups of a canonical IPv6 address, which has no dotted tail here. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return tail === undefined ? left : [...left, ...zeros, ...right];
}
