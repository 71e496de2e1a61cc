import {
  bearerToken,
  toProblem,
  type VerifyOptions,
  verifyAccessToken,
} from "@postern/client/server";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";

/** Puts who calls into `response.locals.claims`, or ends the request. */
const requireSignedIn =
  (options: VerifyOptions): RequestHandler =>
  async (request, response, next) => {
    const token = bearerToken(request.headers.authorization);
    response.locals.claims = await verifyAccessToken(token, options);
    next();
  };

// biome-ignore lint/complexity/useMaxParams: Express knows an error handler by its four parameters.
const answerProblem: ErrorRequestHandler = (error, _request, response, next) => {
  const problem = toProblem(error);
  if (problem === null) {
    next(error);
  } else {
    response.status(problem.status).set(problem.headers).send(problem.body);
  }
};

/** An Express 5 server whose orders are for who is signed in at Postern. */
export function buildExpress(options: VerifyOptions): Express {
  const app = express();
  app.get("/orders", requireSignedIn(options), (_request, response) => {
    response.json({ userId: response.locals.claims.sub, orders: [] });
  });
  app.use(answerProblem);
  return app;
}
