export { createLogger, type LoggerOptions } from "./create-logger.ts";
export { createRegistry } from "./create-registry.ts";
export { describeError } from "./describe-error.ts";
export { type Database, type DatabaseOptions, openDatabase } from "./open-database.ts";
export {
  type PreparedStatement,
  prepareStatement,
  type Queryable,
  type StatementValues,
} from "./prepare-statement.ts";
export { type RunningService, runService, type ServiceOptions } from "./run-service.ts";
export { isDatabaseAway, sqlState } from "./sql-state.ts";
export {
  type HealthCheck,
  type HealthDetails,
  type OperatorsListener,
  type OperatorsListenerOptions,
  startOperatorsListener,
} from "./start-operators-listener.ts";
