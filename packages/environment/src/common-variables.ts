import { Type } from "typebox";

/** A TCP port; 0 takes a free one. */
export const port = (fallback: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: fallback, description: "a port" });

/** What every service reads. Spread it into the service's own schema. */
export const commonVariables = {
  DATABASE_URL: Type.String({
    pattern: "^postgres(ql)?://.",
    description: "the address of PostgreSQL, postgres://user:password@host:5432/database",
  }),
  DATABASE_SCHEMA: Type.String({
    pattern: "^[a-z_][a-z0-9_]{0,62}$",
    default: "postern",
    description: "the PostgreSQL schema of the tables, in lower case",
  }),
  SYSTEM_ENCRYPTION_KEY: Type.String({ description: "64 hexadecimal digits, random" }),
  SYSTEM_ENCRYPTION_KEY_ID: Type.Integer({ minimum: 1, maximum: 4_294_967_295, default: 1 }),
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: Type.String({
    default: "",
    description: "id:key,id:key, keys that still open what they sealed",
  }),
  BLIND_INDEX_KEY: Type.String({ description: "64 hexadecimal digits, random, another key" }),
  // It stands in subjects: no line break, no control character; and in texts of one segment.
  APP_NAME: Type.String({ pattern: "^[^\\u0000-\\u001f\\u007f]{1,32}$", default: "Postern" }),
  LOG_LEVEL: Type.Enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"], {
    default: "info",
    description: "a pino level",
  }),
  POSTERN_COMMIT: Type.String({ default: "unknown", maxLength: 64 }),
};
