import type { Config } from "../config.ts";

/** A scope that only an administrator's key may carry begins so. */
const ADMIN = /^admin(?::|$)/;

export const SCOPE_PATTERN = "^[a-z][a-z0-9:._-]{0,63}$";

/** What the keys of an account may carry: what it may do itself, and no more. */
export const scopesOf = ({ apiKeyScopes }: Pick<Config, "apiKeyScopes">, role: string): string[] =>
  apiKeyScopes.filter((scope) => role === "admin" || !ADMIN.test(scope));
