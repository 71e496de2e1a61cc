import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { apiKey } from "@better-auth/api-key";
import { hash, verify } from "@node-rs/argon2";
import { type BetterAuthOptions, betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { emailOTP } from "better-auth/plugins";
import { Pool } from "pg";
import { peerSettings, tellReady } from "./start-peer.ts";

export type BetterAuthSettings = {
  readonly databaseUrl: string;
  readonly poolSizeMax: number;
  readonly secret: string;
  /** Of argon2id; null for its own default, scrypt. */
  readonly argon2: Argon2Cost | null;
};

export type Argon2Cost = {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
};

// A server of better-auth as its documentation sets it up on pg: what it needs for these calls and
// no more. Its rate limit is off, as no limit of Postern's is met. Two paths of ours stand for calls
// that it offers to the server's own code alone.
const settings = await peerSettings<BetterAuthSettings>();
const codes = new Map<string, string>();
const server = createServer();
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address() as AddressInfo;
const options = configure(settings, `http://127.0.0.1:${port}`);
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const handle = toNodeHandler(auth);
server.on("request", (request, response) => {
  void (request.url?.startsWith("/own/")
    ? answerOwn(request, response)
    : handle(request, response));
});
tellReady(port);

function configure(
  { databaseUrl, poolSizeMax, secret, argon2 }: BetterAuthSettings,
  baseURL: string,
) {
  return {
    database: new Pool({ connectionString: databaseUrl, max: poolSizeMax }),
    baseURL,
    secret,
    emailAndPassword: { enabled: true, ...(argon2 && { password: hashingWith(argon2) }) },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [
      emailOTP({
        sendVerificationOTP: async ({ email, otp }) => {
          codes.set(email, otp);
        },
      }),
      apiKey({ rateLimit: { enabled: false } }),
    ],
  } satisfies BetterAuthOptions;
}

function hashingWith(cost: Argon2Cost) {
  return {
    hash: (password: string) => hash(password, { ...cost, algorithm: 2 }),
    verify: (input: { hash: string; password: string }) => verify(input.hash, input.password),
  };
}

async function answerOwn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = JSON.parse(await text(request));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(await callOwn(request.url ?? "", body)));
}

async function callOwn(path: string, body: { key: string; userId: string }): Promise<unknown> {
  switch (path) {
    case "/own/make-key":
      return auth.api.createApiKey({ body: { name: "bench", userId: body.userId } });
    case "/own/verify-key":
      return auth.api.verifyApiKey({ body: { key: body.key } });
    default:
      return [...codes];
  }
}
