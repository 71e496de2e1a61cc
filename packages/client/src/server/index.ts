export { type ErrorCode, PosternError } from "../postern-error.ts";
export { bearerToken } from "./bearer-token.ts";
export { createSessionCheck, type SessionCheckOptions } from "./create-session-check.ts";
export { type ProblemAnswer, toProblem } from "./to-problem.ts";
export { type AccessClaims, type VerifyOptions, verifyAccessToken } from "./verify-access-token.ts";
