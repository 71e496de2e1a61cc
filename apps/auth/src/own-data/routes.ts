import { Readable } from "node:stream";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { allowLongAnswer } from "@postern/process";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { originOf } from "../http/origin.ts";
import { REQUEST_MILLISECONDS_MAX } from "../limits.ts";
import { Problem } from "../problem.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { eraseAccount } from "./erase-account.ts";
import { exportAccount } from "./export-account.ts";
import { createExportGate } from "./export-gate.ts";
import { EXPORT_SECONDS_MAX } from "./limit-exports.ts";
import { writeExport } from "./write-export.ts";

const tags = ["My data"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const RowSchema = Type.Record(Type.String(), Type.Unknown());

/** Written as it is read; the schema says what all of it is. */
const ExportSchema = Type.Unsafe<Readable>(
  Type.Object(
    {
      exportedAt: Type.String({ format: "date-time" }),
      account: RowSchema,
      tables: Type.Record(Type.String(), Type.Array(RowSchema), {
        description: "The newest 10,000 rows of each table.",
      }),
    },
    strict,
  ),
);

/** HTTP only: read the request, call one use case, write the answer. */
export const ownDataRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(exportRoute, { deps });
  await app.register(eraseRoute, { deps });
};

const exportRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  const gate = createExportGate();
  app.get(
    "/export",
    {
      exposeHeadRoute: false,
      handlerTimeout: EXPORT_SECONDS_MAX * 1_000,
      schema: {
        operationId: "exportAccount",
        summary: "Everything about me",
        description:
          "As docs/personal-data.md lists it. Needs a sign-in at most 15 minutes old. One at a time, and a few an hour.",
        tags,
        security,
        response: describeAnswers({ 200: ExportSchema }, [
          "invalid_token",
          "session_ended",
          "step_up_required",
          "too_many_requests",
        ]),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      allowLongAnswer(reply.raw, EXPORT_SECONDS_MAX * 1_000);
      const stopping = new AbortController();
      reply.raw.once("close", () => stopping.abort(new Problem("service_unavailable")));
      const { signal } = stopping;
      const origin = originOf(request, deps.config);
      const opened = await orGiveUp(
        stopping,
        exportAccount(deps, { claims, origin, gate, signal }),
      );
      const stream = Readable.from(writeExport(opened), { objectMode: false });
      stream.once("close", () => void opened.close());
      return reply.type("application/json; charset=utf-8").send(stream);
    },
  );
};

const eraseRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
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

/** What is not open in time is given up: it ends by itself at its next step. */
async function orGiveUp<Opened>(
  stopping: AbortController,
  opening: Promise<Opened>,
): Promise<Opened> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const problem = new Problem("service_unavailable");
    stopping.abort(problem);
    reject(problem);
  }, REQUEST_MILLISECONDS_MAX);
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}
