import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Uuid } from "../http/fields.ts";
import { describeDeployment } from "./describe-deployment.ts";
import { findDeliveries } from "./find-deliveries.ts";
import { listDetections } from "./list-detections.ts";
import { listEvents } from "./list-events.ts";
import {
  Cursor,
  DeliveryListSchema,
  DetectionListSchema,
  EventListSchema,
  Hours,
  Limit,
  OverviewSchema,
  REFUSALS,
  Severity,
  security,
  strict,
  tags,
  UserId,
} from "./schemas.ts";

const EventQuery = Type.Object(
  {
    type: Type.Optional(Type.String({ pattern: "^[a-z][a-z0-9_]{0,63}$" })),
    severity: Type.Optional(Severity),
    userId: Type.Optional(UserId),
    sessionId: Type.Optional(Uuid),
    ipAddress: Type.Optional(
      Type.Union([Type.String({ format: "ipv4" }), Type.String({ format: "ipv6" })]),
    ),
    sort: Type.Enum(["newest", "oldest"], { default: "newest" }),
    limit: Limit,
    cursor: Cursor,
  },
  strict,
);

/** HTTP only: read the request, call one use case, write the answer. */
export const reportRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/overview",
    {
      schema: {
        operationId: "adminGetOverview",
        summary: "The deployment on one page",
        tags,
        security,
        querystring: Type.Object({ hours: Hours }, strict),
        response: describeAnswers({ 200: OverviewSchema }, REFUSALS),
      },
    },
    async (request) => describeDeployment(deps, request.query),
  );

  app.get(
    "/events",
    {
      schema: {
        operationId: "adminListEvents",
        summary: "Security events of everybody",
        tags,
        security,
        querystring: EventQuery,
        response: describeAnswers({ 200: EventListSchema }, REFUSALS),
      },
    },
    async (request) => listEvents(deps, request.query),
  );

  app.get(
    "/detections",
    {
      schema: {
        operationId: "adminListDetections",
        summary: "Attacks that were noticed, the newest first",
        tags,
        security,
        querystring: Type.Object({ hours: Hours, limit: Limit }, strict),
        response: describeAnswers({ 200: DetectionListSchema }, REFUSALS),
      },
    },
    async (request) => ({ detections: await listDetections(deps, request.query) }),
  );

  await app.register(deliveryRoute, { deps });
};

const deliveryRoute: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.post(
    "/deliveries",
    {
      schema: {
        operationId: "adminFindDeliveries",
        summary: "What became of everything that went to a recipient",
        description: "No text and no code of a message is shown. The newest 50.",
        tags,
        security,
        body: Type.Object(
          {
            to: Type.String({
              minLength: 3,
              maxLength: 254,
              description: "An email address, or a phone number with its country code.",
            }),
          },
          strict,
        ),
        response: describeAnswersToBody({ 200: DeliveryListSchema }, REFUSALS),
      },
    },
    async (request) => findDeliveries(deps, request.body.to),
  );
};
