import type { AddressInfo } from "node:net";
import Fastify from "fastify";
import { importJWK, type JWK, jwtVerify } from "jose";
import { peerSettings, tellReady } from "./start-peer.ts";

export type BareSettings = {
  readonly jwk: JWK;
  readonly issuer: string;
  readonly audience: string;
};

// What is left of the check of a token without Postern: Fastify with one route, and jose with the
// same key and the same demands. No record of ended sessions is asked.
const { jwk, issuer, audience } = await peerSettings<BareSettings>();
const key = await importJWK(jwk, "ES256");
const app = Fastify();
const text = { type: "string" };
const schema = {
  response: {
    200: {
      type: "object",
      properties: {
        sub: text,
        sid: text,
        expiresAt: text,
        authTime: text,
        amr: { type: "array", items: text },
      },
    },
  },
};
app.get("/session", { schema }, async (request) => {
  const token = request.headers.authorization?.slice("Bearer ".length) ?? "";
  const { payload } = await jwtVerify(token, key, {
    algorithms: ["ES256"],
    typ: "at+jwt",
    issuer,
    audience,
    clockTolerance: 30,
    requiredClaims: ["sub", "sid", "jti", "iat", "exp", "auth_time"],
  });
  return {
    sub: payload.sub,
    sid: payload.sid,
    expiresAt: new Date(Number(payload.exp) * 1_000).toISOString(),
    authTime: new Date(Number(payload.auth_time) * 1_000).toISOString(),
    amr: payload.amr,
  };
});
await app.listen({ host: "127.0.0.1", port: 0 });
tellReady((app.server.address() as AddressInfo).port);
