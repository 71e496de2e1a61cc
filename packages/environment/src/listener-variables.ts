import type { BlockList } from "node:net";
import { type Static, Type } from "typebox";
import { parseProxies } from "./trusted-proxies.ts";

/** What every service reads that answers HTTP. Spread it into the service's own schema. */
export const listenerVariables = {
  TRUST_PROXY: Type.String({
    default: "",
    description: "addresses and CIDR ranges of your proxies, never true and never a number",
  }),
  CONNECTIONS_MAX: Type.Integer({
    minimum: 10,
    maximum: 100_000,
    default: 4_000,
    description: "connections that a listener has at once, 10 to 100000",
  }),
  SHUTDOWN_DELAY_SECONDS: Type.Integer({
    minimum: 0,
    maximum: 60,
    default: 0,
    description: "seconds for which /ready says 503 before the port closes, 0 to 60",
  }),
};

type Values = {
  [Name in keyof typeof listenerVariables]: Static<(typeof listenerVariables)[Name]>;
};

export type ListenerSettings = Readonly<{
  trustedProxies: BlockList;
  connectionsMax: number;
  shutdownDelaySeconds: number;
}>;

export const readListenerSettings = (values: Values): ListenerSettings => ({
  trustedProxies: parseProxies(values.TRUST_PROXY).proxies,
  connectionsMax: values.CONNECTIONS_MAX,
  shutdownDelaySeconds: values.SHUTDOWN_DELAY_SECONDS,
});

/** What findFaults() says of them. */
export const findListenerFaults = ({ TRUST_PROXY = "" }: Partial<Values>): string[] =>
  parseProxies(TRUST_PROXY).isValid
    ? []
    : ["TRUST_PROXY must list addresses or CIDR ranges, as 10.0.0.0/8,fd00::/8"];
