import type { FastifyPluginAsync } from "fastify";
import type { Deps } from "../deps.ts";
import { accountRoutes } from "./account-routes.ts";
import { noteAdmin } from "./calling-admin.ts";
import { reportRoutes } from "./report-routes.ts";
import { requireAdmin } from "./require-admin.ts";
import { streamRoutes } from "./stream-routes.ts";

/** The guard stands before all of them, bodies and query strings unread. */
export const adminRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  app.addHook("onRequest", async (request) => {
    noteAdmin(request, await requireAdmin(deps, request.headers.authorization));
  });
  await app.register(accountRoutes, { deps });
  await app.register(reportRoutes, { deps });
  await app.register(streamRoutes, { deps });
};
