export type { Roles } from "../repeatable/roles.ts";
export type { Program } from "./program.ts";
export { PushError } from "./push-error.ts";
export {
  type PushOptions,
  type PushOutcome,
  type PushResult,
  pushSecuritySchema,
} from "./push-security-schema.ts";
export type { Effect, Step } from "./step.ts";
