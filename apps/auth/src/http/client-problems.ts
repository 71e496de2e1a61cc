import type { ClientProblems } from "@postern/process";
import { Problem, type ProblemCode } from "../problem.ts";

const problemOf = (code: ProblemCode) => {
  const { message: title, status } = new Problem(code);
  return { code, status, title };
};

/** What this service says to bytes that are no HTTP request, which never become one in Fastify. */
export const CLIENT_PROBLEMS: ClientProblems = {
  malformed: problemOf("invalid_request"),
  headers_too_large: problemOf("request_header_too_large"),
  late: problemOf("request_timeout"),
};
