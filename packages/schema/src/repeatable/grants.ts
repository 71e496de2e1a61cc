export const databaseRoles = ["app", "public", "authenticated", "admin", "retention"] as const;

export type DatabaseRole = (typeof databaseRoles)[number];

type Row = readonly [object: string, ...letters: [string, string, string, string, string]];

/**
 * Who may do what: the whole of it. `r` is SELECT, `a` INSERT, `w` UPDATE, `d` DELETE, `x` EXECUTE,
 * `U` USAGE: PostgreSQL's own letters, but for EXECUTE, which is `X` there.
 *
 * Whatever is not here is not allowed to these roles, nor to PUBLIC: a push takes it back, and
 * leave to pass it on as well. The
 * services delete only where a delete is written out in apps/. `schema` is that of the security
 * tables, `users` the bound users table, `users_schema` its schema where that is another,
 * `users_id_sequence` the sequence that an app's serial id is drawn from.
 */
// biome-ignore format: a table is read by its columns
export const matrix: readonly Row[] = [
  // object                            app     public  authenticated  admin   retention
  ["schema",                           "U",    "U",    "U",           "U",    "U"],
  ["users_schema",                     "U",    "",     "",            "",     ""],
  ["postern_internal",                 "U",    "",     "",            "",     ""],
  ["users",                            "raw",  "",     "",            "",     ""],
  // An app's own users: where a serial id comes from, and the view by our names.
  ["users_id_sequence",                "U",    "",     "",            "",     ""],
  ["postern_users",                    "raw",  "",     "",            "",     ""],
  ["login_attempts",                   "ra",   "",     "",            "",     ""],
  ["security_events",                  "ra",   "",     "",            "",     ""],
  ["session_audits",                   "ra",   "",     "",            "",     ""],
  ["password_history",                 "raw",  "",     "",            "",     ""],
  ["email_delivery_log",               "raw",  "",     "",            "",     ""],
  ["sms_delivery_log",                 "raw",  "",     "",            "",     ""],
  ["user_devices",                     "rawd", "",     "",            "",     ""],
  ["two_factor_auth",                  "rawd", "",     "",            "",     ""],
  ["oauth_connections",                "rawd", "",     "",            "",     ""],
  ["api_keys",                         "raw",  "",     "",            "",     ""],
  ["refresh_tokens",                   "raw",  "",     "",            "",     ""],
  ["account_recovery",                 "rawd", "",     "",            "",     ""],
  ["signing_keys",                     "raw",  "",     "",            "",     ""],
  ["attempt_lanes",                    "rawd", "",     "",            "",     ""],
  ["revocations",                      "raw",  "",     "",            "",     ""],
  ["delivery_receipts",                "raw",  "",     "",            "",     ""],
  ["suppressions",                     "raw",  "",     "",            "",     ""],
  ["alerts",                           "raw",  "",     "",            "",     ""],
  // A service compares its keys with those seen before, and asks how far encryption has come.
  ["key_fingerprints",                 "ra",   "",     "",            "",     ""],
  ["encryptions",                      "r",    "",     "",            "",     ""],
  ["users_public",                     "",     "r",    "r",           "r",    ""],
  ["users_authenticated",              "",     "",     "r",           "r",    ""],
  ["users_admin",                      "",     "",     "",            "r",    ""],
  ["user_security_status",             "r",    "",     "",            "r",    ""],
  ["user_activity_log",                "r",    "",     "",            "r",    ""],
  ["deployment_metrics",               "r",    "",     "",            "r",    ""],
  ["check_encryption_migration_status","",     "",     "",            "x",    ""],
  ["turn_signing_keys",                "x",    "",     "",            "",     ""],
  ["erase_user",                       "x",    "",     "",            "",     ""],
  ["retention_step",                   "",     "",     "",            "",     "x"],
];

const VERBS: Readonly<Record<string, string>> = {
  r: "SELECT",
  a: "INSERT",
  w: "UPDATE",
  d: "DELETE",
  x: "EXECUTE",
  U: "USAGE",
};

/**
 * The verbs that a role may do with an object, by its name in the matrix; none where it is not
 * there.
 */
export function verbsOf(role: DatabaseRole, object: string): string[] {
  const [, ...letters] = matrix.find(([name]) => name === object) ?? [];
  const cell = letters[databaseRoles.indexOf(role)] ?? "";
  return [...cell].map((letter) => VERBS[letter] ?? "");
}
