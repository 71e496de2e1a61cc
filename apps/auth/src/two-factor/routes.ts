import type { FastifyPluginAsync } from "fastify";
import type { Deps } from "../deps.ts";
import { enrollRoutes } from "./enroll-routes.ts";
import { manageFactorRoutes } from "./manage-factor-routes.ts";
import { secondStepRoutes } from "./second-step-routes.ts";

export const twoFactorRoutes: FastifyPluginAsync<{ deps: Deps }> = async (app, { deps }) => {
  await app.register(secondStepRoutes, { deps });
  await app.register(enrollRoutes, { deps });
  await app.register(manageFactorRoutes, { deps });
};
