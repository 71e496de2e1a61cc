import { createHash, createHmac, generateKeyPairSync } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { exportJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { listen } from "./listen.ts";

export type FakeProvider = Awaited<ReturnType<typeof startFakeProvider>>;

type Forgery = { header?: Partial<JWTHeaderParameters>; claims?: Record<string, unknown> };

const CLIENT = "postern-client";

/** A provider that says whatever a test wants it to: what a real one cannot be brought to do. */
export async function startFakeProvider() {
  const server = await listen();
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const issuer = server.url;
  const asked: string[] = [];
  const codes = new Map<string, { challenge: string; idToken: string }>();

  const fake = {
    issuer,
    clientId: CLIENT,
    /** Each path that was asked for. */
    asked,
    /** "away" answers 503 to everything. */
    mode: "up" as "up" | "away",
    /** What its metadata calls it. */
    statedIssuer: issuer,
    publicKey,
    /** An ID token of Ada, fresh and right but for what is given; `undefined` leaves a claim out. */
    async sign({ header = {}, claims = {} }: Forgery = {}): Promise<string> {
      const payload = JSON.parse(JSON.stringify({ ...standard(issuer), ...claims }));
      return new SignJWT(payload)
        .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
        .sign(privateKey);
    },
    /** The same, with a signature of HMAC under any key, or with none. */
    signBy(alg: "HS256" | "none", key = ""): string {
      const parts = [{ alg, typ: "JWT", kid: "one" }, standard(issuer)];
      const text = parts.map((part) => encode(JSON.stringify(part))).join(".");
      const mac = createHmac("sha256", key).update(text).digest("base64url");
      return `${text}.${alg === "none" ? "" : mac}`;
    },
    /** A code that the token endpoint trades for that ID token. */
    issueCode(address: string, idToken: string): string {
      const challenge = new URL(address).searchParams.get("code_challenge") ?? "";
      const code = createHash("sha256")
        .update(idToken + address)
        .digest("base64url");
      codes.set(code, { challenge, idToken });
      return code;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };

  const answers: Record<string, (form: URLSearchParams) => [number, unknown]> = {
    "/.well-known/openid-configuration": () => [200, metadata(issuer, fake.statedIssuer)],
    "/jwks": () => [200, { keys: [jwk] }],
    "/token": (form) => {
      const code = form.get("code") ?? "";
      const known = codes.get(code);
      const verifier = createHash("sha256").update(form.get("code_verifier") ?? "");
      const isRight = known?.challenge === verifier.digest("base64url") && codes.delete(code);
      return isRight
        ? [200, { access_token: "at", token_type: "bearer", id_token: known.idToken }]
        : [400, { error: "invalid_grant" }];
    },
  };
  server.handle(async (request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const form = new URLSearchParams(await readText(request));
    const [status, body] = fake.mode === "away" ? [503, {}] : (answers[path]?.(form) ?? [404, {}]);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  return fake;
}

const encode = (text: string): string => Buffer.from(text).toString("base64url");

function standard(issuer: string): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: CLIENT,
    sub: "ada-at-provider",
    iat: now,
    exp: now + 3_600,
    email: "ada@example.com",
    email_verified: true,
    name: "Ada",
  };
}

const metadata = (at: string, issuer: string) => ({
  issuer,
  authorization_endpoint: `${at}/auth`,
  token_endpoint: `${at}/token`,
  jwks_uri: `${at}/jwks`,
  response_types_supported: ["code"],
  subject_types_supported: ["public"],
  id_token_signing_alg_values_supported: ["ES256"],
});

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
