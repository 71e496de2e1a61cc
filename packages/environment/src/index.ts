export { BadEnvironmentError } from "./bad-environment-error.ts";
export { type FindFaults, readEnvironment } from "./read-environment.ts";
export type { Environment } from "./read-variable.ts";
