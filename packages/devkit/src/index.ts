export { withServiceRole } from "./as-service.ts";
export {
  type ClonedDatabase,
  type CloneOptions,
  cloneDatabase,
  makeTemplate,
  onServer,
  testBinding,
  testRedisUrl,
} from "./clone-database.ts";
export { findFreePort, PortTakenError } from "./find-free-port.ts";
export type { InboxMessage, Wanted } from "./inbox/mailbox.ts";
export type { Refusal } from "./inbox/smtp.ts";
export { type Inbox, type InboxOptions, startInbox } from "./inbox/start-inbox.ts";
export { findInstalledPostgres } from "./installed-postgres.ts";
export { type Postgres, type PostgresOptions, startPostgres } from "./postgres.ts";
export { pushSchema } from "./push-schema.ts";
export { type RedisOptions, type RedisServer, startRedis } from "./redis.ts";
export type { ReceiptTravel } from "./sms-providers/reporter.ts";
export { twilioSignature } from "./sms-providers/reporter.ts";
export {
  type SmsProviders,
  type SmsProvidersOptions,
  startSmsProviders,
} from "./sms-providers/start-sms-providers.ts";
export type { TakenMessage } from "./sms-providers/taken-message.ts";
export { findUnlistedVariables } from "./testing/find-unlisted-variables.ts";
export { totpCode } from "./totp-code.ts";
