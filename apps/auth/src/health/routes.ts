import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { createMissingReport, type Drain } from "@postern/process";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers } from "../http/describe-answers.ts";
import { createReadinessCheck } from "./check-readiness.ts";
import { schemaVersion, version } from "./version.ts";

const service = "auth";
const tags = ["Health"];
const RETRY_AFTER_SECONDS = 1;

const HealthView = Type.Object({
  status: Type.Literal("ok"),
  service: Type.String(),
  uptime: Type.Integer({ description: "seconds" }),
});
const ReadyView = Type.Object({
  status: Type.Enum(["ready", "degraded"]),
  service: Type.String(),
});
const UnreadyView = Type.Object({
  status: Type.Enum(["unready", "draining"], {
    description: "draining: it was told to stop, and takes no more",
  }),
  service: Type.String(),
  missing: Type.Object({
    database: Type.Optional(Type.Literal(true)),
    schema: Type.Optional(
      Type.Array(Type.String(), { description: "tables, and an index by what it is on" }),
    ),
    privileges: Type.Optional(Type.Array(Type.String())),
    keys: Type.Optional(Type.Literal(true, { description: "not compared with the database's" })),
    signingKeys: Type.Optional(Type.Literal(true)),
    revocations: Type.Optional(Type.Literal(true)),
  }),
});
const VersionView = Type.Object({
  service: Type.String(),
  version: Type.String(),
  commit: Type.String(),
  schemaVersion: Type.String(),
});

/** HTTP only: whether the process lives, whether it can serve, and which one it is. */
export const healthRoutes: FastifyPluginAsyncTypebox<{ deps: Deps; drain: Drain }> = async (
  app,
  { deps, drain },
) => {
  const findReadiness = createReadinessCheck(deps);
  const report = createMissingReport(deps.log);
  const checkReadiness = async () => {
    const readiness = await findReadiness();
    report(readiness.status === "unready" ? readiness.missing : {});
    return readiness;
  };
  // So that the log of a start says what is missing, whether anybody asks or not.
  app.addHook("onListen", async () => void (await checkReadiness()));

  app.get(
    "/health",
    {
      schema: {
        operationId: "getHealth",
        summary: "Alive",
        tags,
        response: describeAnswers({ 200: HealthView }),
      },
    },
    async () => ({ status: "ok" as const, service, uptime: Math.floor(process.uptime()) }),
  );

  app.get(
    "/ready",
    {
      schema: {
        operationId: "getReadiness",
        summary: "Able to serve",
        description: "`degraded`: Redis is away; codes answer 503, signing in goes on.",
        tags,
        response: { 200: ReadyView, 503: UnreadyView },
      },
    },
    async (_request, reply) => {
      if (drain.isDraining()) {
        return reply
          .code(503)
          .header("retry-after", RETRY_AFTER_SECONDS)
          .send({ status: "draining" as const, service, missing: {} });
      }
      const readiness = await checkReadiness();
      if (readiness.status !== "unready") {
        return reply.send({ status: readiness.status, service });
      }
      const { status, missing } = readiness;
      return reply
        .code(503)
        .header("retry-after", RETRY_AFTER_SECONDS)
        .send({ status, service, missing });
    },
  );

  app.get(
    "/version",
    {
      schema: {
        operationId: "getVersion",
        summary: "Which release",
        tags,
        response: describeAnswers({ 200: VersionView }),
      },
    },
    async () => ({ service, version, commit: deps.config.commit, schemaVersion }),
  );
};
