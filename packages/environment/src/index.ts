export { BadEnvironmentError } from "./bad-environment-error.ts";
export { commonVariables, port } from "./common-variables.ts";
export { findKeyFaults, readKeys, type ServiceKeys } from "./keys.ts";
export {
  findListenerFaults,
  type ListenerSettings,
  listenerVariables,
  readListenerSettings,
} from "./listener-variables.ts";
export { type FindFaults, readEnvironment } from "./read-environment.ts";
export type { Environment } from "./read-variable.ts";
export { type ParsedProxies, parseProxies } from "./trusted-proxies.ts";
