import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** What is wrong with bytes that never become a request. */
type ClientFault = "malformed" | "headers_too_large" | "late";

type ClientProblem = Readonly<{ code: string; status: number; title: string }>;

/** Answers what a listener says to each. */
export type ClientProblems = Readonly<Record<ClientFault, ClientProblem>>;

export const CLIENT_PROBLEMS: ClientProblems = {
  malformed: { code: "invalid_request", status: 400, title: "The request cannot be read." },
  headers_too_large: {
    code: "request_header_too_large",
    status: 431,
    title: "The headers of the request are too large.",
  },
  late: { code: "request_timeout", status: 408, title: "The request took too long to arrive." },
};

type Answering = {
  problems: ClientProblems;
  /** Whether another answer is on its way on that connection. */
  owesAnswer: (socket: Socket) => boolean;
  lingerMilliseconds: number;
};

const FAULTS: Readonly<Record<string, ClientFault>> = {
  HPE_HEADER_OVERFLOW: "headers_too_large",
  ERR_HTTP_REQUEST_TIMEOUT: "late",
};

/**
 * Answers bytes that are no HTTP request (RFC 9457) and ends their connection, whatever the client
 * does: it has a moment to read why, then the socket is destroyed. Ending alone would leave it to a
 * client that never closes its own half.
 */
export function createClientErrorAnswer(answering: Answering) {
  const ending = new WeakSet<Socket>();
  return (error: Error, socket: Socket): void => {
    if (ending.has(socket)) {
      return;
    }
    const code = "code" in error ? String(error.code) : "";
    if (!socket.writable || code === "ECONNRESET" || answering.owesAnswer(socket)) {
      socket.destroy();
      return;
    }
    ending.add(socket);
    setTimeout(() => socket.destroy(), answering.lingerMilliseconds).unref();
    socket.end(asText(answering.problems[FAULTS[code] ?? "malformed"]));
  };
}

function asText({ code, status, title }: ClientProblem): string {
  const instance = `urn:uuid:${randomUUID()}`;
  const body = JSON.stringify({
    type: `urn:postern:problem:${code}`,
    title,
    status,
    code,
    instance,
  });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
    "",
    body,
  ].join("\r\n");
}
