import { createSessionCheck } from "@postern/client/server";
import { buildFastify } from "./fastify.ts";

// Beside `pnpm dev`, which serves the auth service at this address.
const issuer = "http://127.0.0.1:3001";
const app = buildFastify({ issuer, audience: issuer, isRevoked: createSessionCheck({ issuer }) });
await app.listen({ host: "127.0.0.1", port: 4000 });
