import { isIPv6 } from "node:net";
import type { Origin } from "./origin.ts";

/** An address as people may see it: the /24 of an IPv4 address, the /64 of an IPv6 address. */
export const maskAddress = ({
  ipAddress,
  network,
}: Pick<Origin, "ipAddress" | "network">): string =>
  isIPv6(ipAddress) ? network : ipAddress.replace(/\.\d+$/, ".0/24");
