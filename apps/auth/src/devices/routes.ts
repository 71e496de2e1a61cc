import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Uuid } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { authenticate } from "../sessions/authenticate.ts";
import { changeDevice } from "./change-device.ts";
import { listDevices } from "./list-devices.ts";
import { revokeDevice } from "./revoke-device.ts";

const tags = ["Devices"];
const security = [{ bearer: [] }];
const strict = { additionalProperties: false };

const Text = Type.Union([Type.String(), Type.Null()]);

const DeviceListSchema = Type.Object(
  {
    devices: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          name: Type.String(),
          browser: Text,
          os: Text,
          deviceType: Text,
          ipAddress: Text,
          firstSeenAt: Type.String({ format: "date-time" }),
          lastSeenAt: Type.String({ format: "date-time" }),
          trustedUntil: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
          isCurrent: Type.Boolean(),
        },
        strict,
      ),
    ),
  },
  strict,
);

const DeviceChange = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: "Shown to you alone.",
        examples: ["Work laptop"],
      }),
    ),
    trusted: Type.Optional(
      Type.Boolean({ description: "Leaves the second step out, for 30 days at most." }),
    ),
  },
  { ...strict, minProperties: 1 },
);

const params = Type.Object({ id: Uuid });

/** HTTP only: read the request, call one use case, write the answer. */
export const deviceRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/devices",
    {
      schema: {
        operationId: "listDevices",
        summary: "My devices",
        tags,
        security,
        response: describeAnswers({ 200: DeviceListSchema }, ["invalid_token", "session_ended"]),
      },
    },
    async (request) => {
      const { sub, sid } = await authenticate(deps, request.headers.authorization);
      return { devices: await listDevices(deps, { userId: sub, sessionId: sid }) };
    },
  );
  await app.register(changeRoutes, { deps });
};

const changeRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  const refusals = ["invalid_token", "session_ended", "not_found", "step_up_required"] as const;
  app.patch(
    "/devices/:id",
    {
      schema: {
        operationId: "changeDevice",
        summary: "Name or trust one of my devices",
        tags,
        security,
        params,
        body: DeviceChange,
        response: describeAnswersToBody({ 204: Type.Null() }, refusals),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      await changeDevice(deps, { deviceId: request.params.id, claims, ...request.body, origin });
      return reply.code(204).send(null);
    },
  );

  app.delete(
    "/devices/:id",
    {
      schema: {
        operationId: "revokeDevice",
        summary: "Revoke one of my devices and end its sessions",
        tags,
        security,
        params,
        response: describeAnswers({ 204: Type.Null() }, refusals),
      },
    },
    async (request, reply) => {
      const claims = await authenticate(deps, request.headers.authorization);
      const origin = originOf(request, deps.config);
      await revokeDevice(deps, { deviceId: request.params.id, claims, origin });
      return reply.code(204).send(null);
    },
  );
};
