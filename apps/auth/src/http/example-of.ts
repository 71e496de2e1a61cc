import type { TSchema } from "typebox";

/** What stands under a name in the reference's examples, unless a field's schema says otherwise. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  accessToken: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ",
  alternatives: ["totp"],
  amr: ["pwd"],
  backupCodes: ["4F7K-9QXD-M2TC-A8WH"],
  browser: "Firefox",
  challengeId: "0LBuBqP4cZ1yJYyR3oQ2sg",
  code: "493817",
  codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM",
  codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  commit: "670b0ed",
  credential: "eyJhbGciOiJSUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.c2lnbmF0dXJl",
  csrfToken: "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92.Qn5sWl2kq0",
  country: "KE",
  currency: "KES",
  currentPassword: "correct horse battery staple",
  cursor: "1842",
  device: "Firefox on Linux",
  deviceName: "Firefox on Linux",
  deviceToken: "pdv_h1Yk0n2Jm4fZ8sQvX6tB3cR9wL5eA7uGiKoPqTyMzNd",
  deviceType: "desktop",
  email: "ada@example.com",
  emailHint: "a***@example.com",
  error: "access_denied",
  expiresAt: "2026-11-28T12:00:00.000Z",
  expiresIn: 300,
  hint: "a***@example.com",
  id: "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
  ipAddress: "192.0.2.7",
  key: "pak_Zt4mB8vQ2xN6kR1yW9cL3hF7sJ5dG0aEuTiOpXqMnVb",
  keys: [
    { kty: "EC", crv: "P-256", kid: "1", alg: "ES256", use: "sig", x: "f83OJ3D2", y: "x_FEzRu9" },
  ],
  "last-event-id": "1842",
  lastLoginIp: "192.0.2.0/24",
  month: "2026-11",
  name: "Ada Lovelace",
  newPassword: "seven quiet lanterns by the river",
  nextCursor: "1842",
  notice: "Text messages are the weakest second factor.",
  os: "Linux",
  otpauthUri: "otpauth://totp/Postern:ada%40example.com?secret=JBSWY3DPEHPK3PXP&issuer=Postern",
  password: "correct horse battery staple",
  pendingToken: "eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJwb3N0ZXJuOnBlbmRpbmcifQ.MEQCIA",
  phone: "+254712345678",
  prefix: "pak_Zt4mB8",
  privileges: ["select on login_attempts"],
  provider: "google",
  qrSvg: "<svg/>",
  reason: "hard_bounce",
  refreshToken: "prt_9Wc2Lx7Nq4Vt1Zb8Ym5Ks3Hd6Gf0Jr2Ea9Ui4Op7Xn",
  returnTo: "https://app.example.com/signed-in",
  role: "user",
  schema: ["login_attempts"],
  schemaVersion: "7",
  scopes: ["orders:read"],
  secret: "JBSWY3DPEHPK3PXP",
  service: "auth",
  sessionId: "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
  sid: "019a7d5e-70aa-7c11-8e55-3b6d9f2c4a08",
  since: "2026-11-20T08:30:00.000Z",
  state: "af0ifjsldkj",
  status: "delivered",
  story: "Sent at 12:00:01, delivered at 12:00:04.",
  sub: "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
  template: "sign_in_code",
  to: "ada@example.com",
  token: "prl_Jm4fZ8sQvX6tB3cR9wL5eA7uGiKoPqTyMzNdh1Yk0n2",
  type: "login_success",
  userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  userId: "019a7d5e-6c1f-7a3b-9d24-5f0c8e7b1a92",
  userType: "client",
  version: "0.1.0",
};

/** Optional fields that a caller who reads an example need not be shown. */
const UNUSUAL = ["transport", "deviceToken", "newPassword", "nonce", "userType", "only", "cursor"];

const TIME = "2026-11-21T12:00:00.000Z";

/** The part of JSON Schema that our routes use. */
export type Schema = TSchema & {
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  examples?: readonly unknown[];
  anyOf?: readonly Schema[];
  type?: string;
  format?: string;
  minimum?: number;
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
};

/** A value that a schema accepts, as a person would write it. */
export function exampleOf(schema: Schema, name = ""): unknown {
  const said = [schema.const, schema.examples?.[0], schema.enum?.[0], schema.default];
  const example = said.find((value) => value !== undefined) ?? BY_NAME[name];
  if (example !== undefined && (schema.type !== "object" || name === "")) {
    return example;
  }
  return schema.anyOf ? exampleOf(firstChoice(schema.anyOf), name) : exampleOfType(schema, name);
}

/** The first that says something: of a field that may be null, its value. */
const firstChoice = (choices: readonly Schema[]): Schema =>
  choices.find(({ type }) => type !== "null") ?? ({ type: "null" } as Schema);

function exampleOfType(schema: Schema, name: string): unknown {
  switch (schema.type) {
    case "object":
      return exampleOfFields(schema);
    case "array":
      return schema.items ? [exampleOf(schema.items, name)] : [];
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return schema.format === "date-time" ? TIME : "text";
  }
}

function exampleOfFields({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  // Where an email would do, the number is left out: most calls take either.
  const unusual = "email" in properties ? [...UNUSUAL, "phone"] : UNUSUAL;
  const shown = Object.entries(properties).filter(
    ([name]) => required.includes(name) || !unusual.includes(name),
  );
  return Object.fromEntries(shown.map(([name, field]) => [name, exampleOf(field, name)]));
}
