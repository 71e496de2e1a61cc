import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";

/** RFC 8725: long enough to spare us, short enough for a key to be served before it signs. */
const MAX_AGE_SECONDS = 600;

const JwksView = Type.Object(
  { keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) },
  { description: "RFC 7517 key set: the next, the current and the previous key." },
);

/** HTTP only: the public halves of the signing keys. */
export const signingKeyRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  app.get(
    "/.well-known/jwks.json",
    {
      schema: {
        operationId: "getSigningKeys",
        summary: "Public signing keys",
        tags: ["Signing keys"],
        response: { 200: JwksView },
      },
    },
    async (_request, reply) =>
      reply
        .header("cache-control", `public, max-age=${MAX_AGE_SECONDS}`)
        .send(deps.signingKeys.jwks() as { keys: Record<string, unknown>[] }),
  );
};
