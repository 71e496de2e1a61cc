import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { Deps } from "../deps.ts";
import { resendRoute, sendRoute } from "./send-routes.ts";
import { deliveryRoute, verifyRoute } from "./use-routes.ts";

/** Asking for a code, and what may be done with one. */
export const oneTimeCodeRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (
  app,
  { deps },
) => {
  for (const route of [sendRoute, resendRoute, verifyRoute, deliveryRoute]) {
    await app.register(route, { deps });
  }
};
