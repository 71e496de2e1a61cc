export { boundStatement, type Store } from "./bound-statement.ts";
export { checkKeyInventory, type KeyInventory } from "./check-key-inventory.ts";
export type { ClientProblems } from "./connections/answer-client-error.ts";
export {
  type BoundedListener,
  boundListener,
  type ListenerOptions,
} from "./connections/bound-listener.ts";
export { CONNECTION_LIMITS, type ConnectionLimits } from "./connections/connection-limits.ts";
export { createDrain, type Drain } from "./connections/drain.ts";
export { allowLongAnswer } from "./connections/held-connections.ts";
export { measureConnections } from "./connections/measure-connections.ts";
export { createLogger, type LoggerOptions } from "./create-logger.ts";
export { createRegistry } from "./create-registry.ts";
export { describeError } from "./describe-error.ts";
export { findMissingParts, type MissingParts, type TableNeed } from "./find-missing-parts.ts";
export { type Database, type DatabaseOptions, openDatabase } from "./open-database.ts";
export { createMissingReport } from "./report-missing.ts";
export { retryConflicts } from "./retry-conflicts.ts";
export { type RunningService, runService, type ServiceOptions } from "./run-service.ts";
export { shareCheck } from "./share-check.ts";
export { isConflict, isDatabaseAway, sqlState } from "./sql-state.ts";
export {
  type HealthCheck,
  type HealthDetails,
  type OperatorsListener,
  type OperatorsListenerOptions,
  startOperatorsListener,
} from "./start-operators-listener.ts";
export { type KeyInventoryWatch, watchKeyInventory } from "./watch-key-inventory.ts";
