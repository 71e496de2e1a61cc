import type { Flat, Rows } from "./expected-rows.ts";

/** What an INSERT may leave out because a default fills it in. */
type Defaults = {
  loginAttempts: "createdAt";
  securityEvents: "severity" | "metadata" | "createdAt";
  passwordHistory: "id" | "createdAt";
  emailDeliveryLog: DeliveryDefaults;
  smsDeliveryLog: DeliveryDefaults;
  userDevices: "id" | "firstSeenAt" | "lastSeenAt";
  twoFactorAuth: "id" | "createdAt";
  oauthConnections: "id" | "linkedAt";
  apiKeys: "id" | "createdAt";
  refreshTokens: "id" | "generation" | "lastUsedAt" | "createdAt";
  accountRecovery: "id" | "createdAt";
  sessionAudits: "metadata" | "createdAt";
};

type DeliveryDefaults =
  | "id"
  | "locale"
  | "priority"
  | "attempts"
  | "nextAttemptAt"
  | "status"
  | "createdAt";

/** What PostgreSQL alone numbers. */
type Numbered = "loginAttempts" | "securityEvents" | "sessionAudits";

type Optional<Row, Defaulted> = {
  [K in keyof Row]: null extends Row[K] ? K : K extends Defaulted ? K : never;
}[keyof Row];

type Insert<Row, Defaulted> = Flat<
  Omit<Row, Optional<Row, Defaulted>> & {
    [K in Optional<Row, Defaulted>]?: Row[K] | undefined;
  }
>;

/** What an INSERT into each of the twelve takes. */
export type Inserts<Id> = {
  [Table in keyof Rows<Id>]: Insert<
    Table extends Numbered ? Omit<Rows<Id>[Table], "id"> : Rows<Id>[Table],
    Defaults[Table]
  >;
};
