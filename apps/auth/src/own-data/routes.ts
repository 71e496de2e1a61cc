import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { originOf } from "../http/origin.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { eraseAccount } from "./erase-account.ts";
import { exportAccount } from "./export-account.ts";

const tags = ["My data"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const RowSchema = Type.Record(Type.String(), Type.Unknown());

const ExportSchema = Type.Object(
  {
    exportedAt: Type.String({ format: "date-time" }),
    account: RowSchema,
    tables: Type.Record(Type.String(), Type.Array(RowSchema), {
      description: "The newest 10,000 rows of each table.",
    }),
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const ownDataRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/export",
    {
      schema: {
        operationId: "exportAccount",
        summary: "Everything about me",
        description: "As docs/personal-data.md lists it. Needs a sign-in at most 15 minutes old.",
        tags,
        security,
        response: describeAnswers({ 200: ExportSchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
        ]),
      },
    },
    async (request) => {
      const claims = await authenticate(deps, request.headers.authorization);
      return exportAccount(deps, { claims, origin: originOf(request, deps.config) });
    },
  );

  app.delete(
    "/account",
    {
      schema: {
        operationId: "eraseAccount",
        summary: "Erase me",
        description: "For good. Needs a sign-in at most 5 minutes old.",
        tags,
        security,
        body: Type.Union([Type.Object({}, strict), Type.Null()]),
        response: describeAnswersToBody({ 204: Type.Null() }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      await eraseAccount(deps, { claims, origin: originOf(request, deps.config) });
      return reply.code(204).send(null);
    },
  );
};
