import { randomUUID } from "node:crypto";
import {
  type BoundedListener,
  boundListener,
  CONNECTION_LIMITS,
  type ConnectionLimits,
  createDrain,
  type Drain,
  measureConnections,
} from "@postern/process";
import Fastify, { type FastifyError, type FastifyInstance, LogController } from "fastify";
import type { Registry } from "prom-client";
import { accountRoutes } from "./accounts/routes.ts";
import { adminRoutes } from "./admin/routes.ts";
import { apiKeyRoutes } from "./api-keys/routes.ts";
import { contactRoutes } from "./contacts/routes.ts";
import type { Deps } from "./deps.ts";
import { deviceRoutes } from "./devices/routes.ts";
import { healthRoutes } from "./health/routes.ts";
import { answerProblem } from "./http/answer-problem.ts";
import { answerUnmatched } from "./http/answer-unmatched.ts";
import { CLIENT_PROBLEMS } from "./http/client-problems.ts";
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
import { REQUEST_MILLISECONDS_MAX } from "./limits.ts";
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

export type ServerOptions = {
  /** Where request metrics go; without it there are none. */
  registry?: Registry;
  /** Others than those of every listener, for tests. */
  limits?: Partial<ConnectionLimits> | undefined;
  /** Of the process; without it a closing server alone drains. */
  drain?: Drain | undefined;
};

/** The whole service but its sockets: tests inject requests into it, main.ts listens on it. */
export async function buildServer(
  deps: Deps,
  { registry, limits, drain = createDrain(0) }: ServerOptions = {},
): Promise<FastifyInstance> {
  const { connectionsMax, trustedProxies: proxies } = deps.config;
  const listener = boundListener({
    limits: { ...CONNECTION_LIMITS, connectionsMax, ...limits },
    proxies,
    problems: CLIENT_PROBLEMS,
  });
  const app = createApp(deps, listener);
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    noteForgedToken(deps, error, request);
    return answerProblem(error, request, reply);
  });
  answerUnmatched(app);
  validateStrictly(app);
  drainConnections(app, drain);
  logRequests(app, deps.config);
  if (registry) {
    measureRequests(app, registry);
    measureConnections(registry, "api", listener);
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
  await app.register(healthRoutes, { deps, drain });
  await app.register(signingKeyRoutes, { deps });
  for (const routes of API_FEATURES) {
    await app.register(routes, { deps, prefix: API_PREFIX });
  }
  await app.register(adminRoutes, { deps, prefix: ADMIN_PREFIX });
  return app;
}

function createApp({ log }: Deps, listener: BoundedListener): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({
      disableRequestLogging: true,
      requestIdLogLabel: "requestId",
    }),
    bodyLimit: BODY_BYTES_MAX,
    handlerTimeout: REQUEST_MILLISECONDS_MAX,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // While draining, requests on open connections are still served, not refused.
    return503OnClosing: false,
    serverFactory: listener.serverFactory,
    clientErrorHandler: listener.clientErrorHandler,
    frameworkErrors: answerProblem,
  });
  return app as unknown as FastifyInstance;
}
