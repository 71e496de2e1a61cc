import type { ServiceKeys } from "@postern/environment";
import type { Sql } from "postgres";

/** What the checks look at. */
export type Deployment = {
  readonly sql: Sql;
  readonly databaseUrl: string;
  readonly schema: string;
  /** The module that binds an app's own users; null for Postern's. */
  readonly bindingModule: string | null;
  readonly keys: ServiceKeys;
  readonly redisUrl: string;
  readonly publicUrl: string;
  readonly signingKeyDays: number;
  /** Where the services listen, without a slash at the end. */
  readonly services: Readonly<Record<"auth" | "notifier", string>>;
};

/** What a check found, in words that hold no secret. */
export type Finding = { readonly isGood: boolean; readonly text: string };

export const good = (text: string): Finding => ({ isGood: true, text });
export const bad = (text: string): Finding => ({ isGood: false, text });

export type Check = {
  readonly name: string;
  readonly look: (deployment: Deployment) => Promise<Finding>;
};
