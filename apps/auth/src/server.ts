import { randomUUID } from "node:crypto";
import Fastify, { type FastifyError, type FastifyInstance, LogController } from "fastify";
import type { Registry } from "prom-client";
import { accountRoutes } from "./accounts/routes.ts";
import { adminRoutes } from "./admin/routes.ts";
import { apiKeyRoutes } from "./api-keys/routes.ts";
import { contactRoutes } from "./contacts/routes.ts";
import type { Deps } from "./deps.ts";
import { deviceRoutes } from "./devices/routes.ts";
import { healthRoutes } from "./health/routes.ts";
import { answerClientError } from "./http/answer-client-error.ts";
import { answerProblem } from "./http/answer-problem.ts";
import { answerUnmatched } from "./http/answer-unmatched.ts";
import { refuseForeignSignIn } from "./http/cookie-mode.ts";
import { allowCookies } from "./http/cookies.ts";
import { drainConnections } from "./http/drain-connections.ts";
import { logRequests } from "./http/log-requests.ts";
import { measureRequests } from "./http/measure-requests.ts";
import { noteForgedToken } from "./http/note-forged-token.ts";
import { refuseBeforeKeyCheck } from "./http/refuse-before-key-check.ts";
import { refuseInMaintenance } from "./http/refuse-in-maintenance.ts";
import { serveReference } from "./http/serve-reference.ts";
import { allowOrigins, setSecurityHeaders } from "./http/set-security-headers.ts";
import { refuseAmbiguousRequests } from "./http/strict-requests.ts";
import { validateStrictly } from "./http/validate-strictly.ts";
import { oauthRoutes } from "./oauth/routes.ts";
import { oneTimeCodeRoutes } from "./one-time-codes/routes.ts";
import { ownDataRoutes } from "./own-data/routes.ts";
import { passwordRoutes } from "./passwords/routes.ts";
import { recoveryRoutes } from "./recovery/routes.ts";
import { securityEventRoutes } from "./security-events/routes.ts";
import { sessionRoutes } from "./sessions/routes.ts";
import { signingKeyRoutes } from "./signing-keys/routes.ts";
import { twoFactorRoutes } from "./two-factor/routes.ts";

/** Every feature's routes; the one place where a feature joins the service. */
const OPEN_FEATURES = [healthRoutes, signingKeyRoutes];
const API_FEATURES = [
  accountRoutes,
  sessionRoutes,
  oneTimeCodeRoutes,
  deviceRoutes,
  securityEventRoutes,
  oauthRoutes,
  contactRoutes,
  passwordRoutes,
  recoveryRoutes,
  twoFactorRoutes,
  apiKeyRoutes,
  ownDataRoutes,
];
const API_PREFIX = "/api/auth";
const ADMIN_PREFIX = "/api/admin";

const BODY_BYTES_MAX = 16 * 1024;
/** Above the 3 s that a statement has and below the 4 s within which a 503 must come. */
const HANDLER_MILLISECONDS_MAX = 3_500;
const REQUEST_MILLISECONDS_MAX = 10_000;

export type ServerOptions = {
  /** Where request metrics go; without it there are none. */
  registry?: Registry;
};

/** The whole service but its sockets: tests inject requests into it, main.ts listens on it. */
export async function buildServer(
  deps: Deps,
  { registry }: ServerOptions = {},
): Promise<FastifyInstance> {
  const app = createApp(deps);
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    noteForgedToken(deps, error, request);
    return answerProblem(error, request, reply);
  });
  answerUnmatched(app);
  validateStrictly(app);
  drainConnections(app);
  logRequests(app, deps.config);
  if (registry) {
    measureRequests(app, registry);
  }
  await setSecurityHeaders(app);
  await allowOrigins(app, deps.config.corsOrigins);
  if (deps.config.isInMaintenance) {
    refuseInMaintenance(app);
  }
  refuseBeforeKeyCheck(app, deps.keyInventory);
  refuseAmbiguousRequests(app);
  await allowCookies(app);
  refuseForeignSignIn(app, deps.config);
  await serveReference(app, deps.config);
  for (const routes of OPEN_FEATURES) {
    await app.register(routes, { deps });
  }
  for (const routes of API_FEATURES) {
    await app.register(routes, { deps, prefix: API_PREFIX });
  }
  await app.register(adminRoutes, { deps, prefix: ADMIN_PREFIX });
  return app;
}

function createApp({ log }: Deps): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    bodyLimit: BODY_BYTES_MAX,
    handlerTimeout: HANDLER_MILLISECONDS_MAX,
    requestTimeout: REQUEST_MILLISECONDS_MAX,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // While draining, requests on open connections are still served, not refused.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: answerProblem,
  });
  return app as unknown as FastifyInstance;
}
