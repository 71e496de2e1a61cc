import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers } from "../http/describe-answers.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { listOwnEvents } from "./list-own-events.ts";

const strict = { additionalProperties: false };

const Text = Type.Union([Type.String(), Type.Null()]);

const Page = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  strict,
);

const EventListSchema = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          type: Type.String(),
          severity: Type.Enum(["low", "medium", "high", "critical"]),
          ipAddress: Text,
          device: Text,
          sessionId: Text,
          at: Type.String({ format: "date-time" }),
        },
        strict,
      ),
    ),
    nextCursor: Type.Union([Type.String(), Type.Null()], {
      description: "Asks for the events before these; null where there are none.",
    }),
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const securityEventRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  app.get(
    "/events",
    {
      schema: {
        operationId: "listSecurityEvents",
        summary: "What happened to my account",
        tags: ["Security events"],
        security: [{ bearer: [] }],
        querystring: Page,
        response: describeAnswers({ 200: EventListSchema }, ["invalid_token", "session_ended"]),
      },
    },
    async (request) => {
      const { sub } = await authenticate(deps, request.headers.authorization);
      const { limit, cursor } = request.query;
      return listOwnEvents(deps, { userId: sub, limit, cursor });
    },
  );
};
