export type { Database } from "../query.ts";
export { isPasswordReused, type ReuseQuestion } from "./is-password-reused.ts";
export { type LoginAttempt, recordLoginAttempt } from "./record-login-attempt.ts";
export { recordSecurityEvent, type SecurityEvent } from "./record-security-event.ts";
