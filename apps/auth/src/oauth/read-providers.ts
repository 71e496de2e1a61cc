import type { Environment } from "@postern/environment";
import { type TObject, type TSchema, Type } from "typebox";
import { isLoopback } from "./redirect-urls.ts";

/** An OpenID provider as the operator names it. */
export type ProviderSettings = Readonly<{
  /** What stands in our addresses: `google`, or the name in OIDC_<NAME>_ISSUER in small letters. */
  id: string;
  /** Exactly as the provider's tokens say it. */
  issuer: string;
  clientId: string;
  /** Null for a public client, which proves itself by PKCE alone. */
  clientSecret: string | null;
}>;

const VARIABLE = /^OIDC_([A-Z][A-Z0-9_]*?)_(?:ISSUER|CLIENT_ID|CLIENT_SECRET)(?:_FILE)?$/;
/** As wide as the column that keeps it. */
const NAME_CHARS_MAX = 32;

const Issuer = (fallback?: string) =>
  Type.String({
    pattern: "^https?://[^?#\\s]{1,240}$",
    description: "the address that stands as iss in the provider's tokens",
    ...(fallback === undefined ? {} : { default: fallback }),
  });
const ClientId = Type.String({ minLength: 1, maxLength: 255, description: "from the provider" });
const ClientSecret = Type.Optional(Type.String({ minLength: 1, maxLength: 512 }));

/** The schema, and the variables of each provider that the environment names. */
export function withProviders<T extends TObject>(schema: T, environment: Environment): T {
  const variables: Record<string, TSchema> = {
    GOOGLE_ISSUER: Issuer("https://accounts.google.com"),
    GOOGLE_CLIENT_ID: Type.Optional(ClientId),
    GOOGLE_CLIENT_SECRET: ClientSecret,
  };
  for (const name of namesIn(Object.keys(environment).filter((key) => environment[key] !== ""))) {
    variables[`OIDC_${name}_ISSUER`] = Issuer();
    variables[`OIDC_${name}_CLIENT_ID`] = ClientId;
    variables[`OIDC_${name}_CLIENT_SECRET`] = ClientSecret;
  }
  // Names that only the environment knows have no place in a static type.
  return Type.Object({ ...schema.properties, ...variables }) as unknown as T;
}

type Values = Readonly<Record<string, unknown>>;

/** The providers, from values that passed the schema and `findProviderFaults`. */
export function readProviders(values: Values): readonly ProviderSettings[] {
  const google = values.GOOGLE_CLIENT_ID === undefined ? [] : [providerOf(values, "GOOGLE")];
  const others = namesIn(Object.keys(values)).map((name) => providerOf(values, `OIDC_${name}`));
  return [...google, ...others];
}

/** A line for each provider that cannot be told from another, or be asked without encryption. */
export function findProviderFaults(values: Values): string[] {
  const names = namesIn(Object.keys(values));
  const faults = names
    .filter((name) => name === "GOOGLE" || name.length > NAME_CHARS_MAX || name.includes("__"))
    .map((name) => `OIDC_${name}_ISSUER bears a name that no provider can have`);
  for (const prefix of ["GOOGLE", ...names.map((name) => `OIDC_${name}`)]) {
    const issuer = values[`${prefix}_ISSUER`];
    if (typeof issuer === "string" && !isSafeIssuer(issuer)) {
      faults.push(`${prefix}_ISSUER must begin with https://, but for this very machine`);
    }
  }
  const providers = readProviders(values);
  if (new Set(providers.map(({ issuer }) => issuer)).size < providers.length) {
    faults.push("OIDC_<NAME>_ISSUER names one issuer twice");
  }
  return faults;
}

const namesIn = (variables: readonly string[]): string[] => [
  ...new Set(variables.map((name) => VARIABLE.exec(name)?.[1] ?? "").filter((name) => name !== "")),
];

const providerOf = (values: Values, prefix: string): ProviderSettings => ({
  id: prefix
    .replace(/^OIDC_/, "")
    .toLowerCase()
    .replaceAll("_", "-"),
  issuer: String(values[`${prefix}_ISSUER`]),
  clientId: String(values[`${prefix}_CLIENT_ID`]),
  clientSecret: (values[`${prefix}_CLIENT_SECRET`] as string | undefined) ?? null,
});

function isSafeIssuer(issuer: string): boolean {
  const url = URL.parse(issuer);
  return url !== null && (url.protocol === "https:" || isLoopback(url));
}
