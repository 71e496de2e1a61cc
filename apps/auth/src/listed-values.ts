import { userRoles } from "@postern/schema";
import { isRedirectUrl } from "./oauth/redirect-urls.ts";

type Rule = { isGood: (entry: string) => boolean; must: string; isNeeded?: true };

const PRIVILEGED: ReadonlySet<string> = new Set(userRoles.filter((role) => role !== "user"));

/** What each entry of a variable that is a list must be. */
const RULES = {
  CORS_ORIGINS: {
    isGood: isOrigin,
    must: "must list exact origins, as https://app.example.com",
  },
  REDIRECT_URLS: {
    isGood: isRedirectUrl,
    must: "must list addresses with https:// or an app's own scheme",
  },
  USER_TYPES: {
    isGood: (type) => /^[a-z][a-z0-9_]{0,63}$/.test(type) && !PRIVILEGED.has(type),
    must: "must list words of a to z, 0 to 9 and _, and no role, as client,driver",
    isNeeded: true,
  },
  SMS_COUNTRIES: {
    isGood: (code) => /^[A-Z]{2}$/.test(code),
    must: "must list ISO 3166 codes, as KE,US,GB",
  },
} as const satisfies Record<string, Rule>;

type Variable = keyof typeof RULES;

/** A line for each variable with an entry that it cannot have. */
export const findListFaults = (values: Partial<Record<Variable, string>>): string[] =>
  (Object.entries(RULES) as [Variable, Rule][])
    .filter(([name, { isGood, isNeeded }]) => {
      const text = values[name];
      const entries = splitList(text ?? "");
      return !entries.every(isGood) || (isNeeded && text !== undefined && entries.length === 0);
    })
    .map(([name, { must }]) => `${name} ${must}`);

export const splitList = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

/** Exact: no path, no trailing slash, no wildcard, and not the opaque origin "null". */
function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:\/\/[^*]+$/.test(text) && url.origin === text;
}
