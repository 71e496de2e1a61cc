import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { Problem } from "../problem.ts";
import { PROBLEM_TYPE, problemBody } from "./answer-problem.ts";

/**
 * Answers bytes that are no HTTP request, which never become a request in Fastify: header blocks
 * that are too large or too slow, two lengths, a bad method.
 */
export function answerClientError(error: Error, socket: Socket): void {
  if (!socket.writable || ("code" in error && error.code === "ECONNRESET")) {
    socket.destroy();
    return;
  }
  const isTooLarge = "code" in error && error.code === "HPE_HEADER_OVERFLOW";
  const problem = new Problem(isTooLarge ? "request_header_too_large" : "invalid_request");
  const body = JSON.stringify(problemBody(problem, `urn:uuid:${randomUUID()}`));
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${isTooLarge ? "Request Header Fields Too Large" : "Bad Request"}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Cache-Control: no-store",
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
