import { CountersAwayError } from "@postern/counters";
import { HashingBusyError } from "@postern/crypto";
import { isConflict, isDatabaseAway } from "@postern/process";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Problem, type ProblemCode, problemRow } from "../problem.ts";
import { describeValidation } from "./describe-validation.ts";

export const PROBLEM_TYPE = "application/problem+json";

const AWAY_RETRY_SECONDS = 1;

/** What Fastify itself refuses, by its code; its messages are not passed on. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_BAD_URL: "invalid_request",
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_HANDLER_TIMEOUT: "service_unavailable",
  FST_ERR_MAX_PARAM_LENGTH: "not_found",
};

/** The only place where an error becomes an HTTP answer (RFC 9457). Never sends a message we did not write. */
export function answerProblem(
  error: FastifyError | Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const problem = toProblem(error);
  logProblem(problem, error, request);
  setHeaders(problem, reply);
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(problemBody(problem, `urn:uuid:${request.id}`));
}

/** `instance` names this very refusal: the id of its request, as in the log and in x-request-id. */
function problemBody(problem: Problem, instance: string) {
  const { detail, errors } = problem.details;
  return {
    type: `urn:postern:problem:${problem.code}`,
    title: problem.message,
    status: problem.status,
    code: problem.code,
    instance,
    ...(detail === undefined ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  };
}

function setHeaders({ code, details, status }: Problem, reply: FastifyReply): void {
  const { challenge } = problemRow(code);
  if (challenge !== undefined) {
    reply.header("www-authenticate", challenge);
  }
  if (details.allow !== undefined) {
    reply.header("allow", details.allow.join(", "));
  }
  if (status === 429 || status === 503) {
    reply.header("retry-after", Math.max(1, Math.ceil(details.retryAfterSeconds ?? 1)));
  }
}

function logProblem(problem: Problem, error: unknown, request: FastifyRequest): void {
  if (problem.code === "internal_error") {
    request.log.error({ err: error }, "a request failed on our side");
  } else if (problem.status >= 500) {
    request.log.warn({ err: error, problem: problem.code }, "a request could not be served");
  }
}

function toProblem(error: FastifyError | Problem): Problem {
  if (error instanceof Problem) {
    return error;
  }
  if (error instanceof HashingBusyError || error instanceof CountersAwayError) {
    const { retryAfterSeconds } = error;
    return new Problem("service_unavailable", { cause: error, retryAfterSeconds });
  }
  if (isDatabaseAway(error) || isConflict(error)) {
    const retryAfterSeconds = AWAY_RETRY_SECONDS;
    return new Problem("service_unavailable", { cause: error, retryAfterSeconds });
  }
  return error.validation
    ? new Problem("invalid_request", describeValidation(error))
    : new Problem(frameworkProblem(error), { cause: error });
}

function frameworkProblem({ code, statusCode = 500 }: FastifyError): ProblemCode {
  const known = FRAMEWORK_PROBLEMS[code];
  if (known !== undefined) {
    return known;
  }
  return statusCode >= 400 && statusCode < 500 ? "invalid_request" : "internal_error";
}
