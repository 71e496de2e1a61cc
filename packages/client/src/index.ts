export type { Answer, CallId, CallOptions, Calls, Input } from "./calls.ts";
export {
  type ClientOptions,
  createClient,
  type PosternClient,
  type StepUpRequest,
} from "./create-client.ts";
export {
  type ErrorCode,
  type FieldError,
  PosternError,
  type ProblemCode,
} from "./postern-error.ts";
export {
  type Kept,
  type Session,
  type SessionStorage,
  type WebStorage,
  webStorage,
} from "./session-storage.ts";
