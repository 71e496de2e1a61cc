import {
  type AccessClaims,
  bearerToken,
  toProblem,
  type VerifyOptions,
  verifyAccessToken,
} from "@postern/client/server";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

type SignedIn = { Variables: { claims: AccessClaims } };

/** Puts who calls into `context.var.claims`, or ends the request. */
const requireSignedIn = (options: VerifyOptions) =>
  createMiddleware<SignedIn>(async (context, next) => {
    const token = bearerToken(context.req.header("authorization"));
    context.set("claims", await verifyAccessToken(token, options));
    await next();
  });

/** A Hono server whose orders are for who is signed in at Postern. */
export function buildHono(options: VerifyOptions) {
  const app = new Hono();

  app.onError((error) => {
    const problem = toProblem(error);
    if (problem === null) {
      throw error;
    }
    return new Response(problem.body, { status: problem.status, headers: problem.headers });
  });

  return app.get("/orders", requireSignedIn(options), (context) =>
    context.json({ userId: context.var.claims.sub, orders: [] }),
  );
}
