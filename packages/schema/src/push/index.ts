export type { Program } from "../database/program.ts";
export { PushError } from "../database/push-error.ts";
export type { Effect, Step } from "../database/step.ts";
export type { Roles } from "../repeatable/roles.ts";
export {
  type PushOptions,
  type PushOutcome,
  type PushResult,
  pushSecuritySchema,
} from "./push-security-schema.ts";
