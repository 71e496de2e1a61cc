import { expectSeen } from "./step.ts";

const LAPTOP_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
/** As a second device names itself. */
export const PHONE_AGENT =
  "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36";

type Call = { body?: unknown; token?: string; userAgent?: string };

/** The JSON of an answer. The demo reads a few fields of it and says when they are missing. */
type Json = Record<string, unknown>;

type Answer = { status: number; headers: Headers; body: Json };

export type Api = {
  /** `request("POST /login", …)` answers whatever the status is. */
  request: (line: string, call?: Call) => Promise<Answer>;
  /** The same where one status is expected; any other ends the demo. */
  expect: (line: string, status: number, call?: Call) => Promise<Json>;
};

/** The HTTP API of the auth service, as any client uses it. */
export function createApi(baseUrl: string): Api {
  const request: Api["request"] = async (line, { body, token, userAgent } = {}) => {
    const [method = "GET", path = ""] = line.split(" ");
    const response = await fetch(`${baseUrl}/api/auth${path}`, {
      method,
      headers: {
        "user-agent": userAgent ?? LAPTOP_AGENT,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === "" ? {} : (JSON.parse(text) as Json) };
  };
  return {
    request,
    expect: async (line, status, call) => {
      const answer = await request(line, call);
      const code = textOf(answer.body, "code", "");
      expectSeen(answer.status === status, `${line} answered ${answer.status} ${code}`.trim());
      return answer.body;
    },
  };
}

/** A field that must be text. */
export function textOf(json: Json, field: string, fallback?: string): string {
  const value = json[field] ?? fallback;
  expectSeen(typeof value === "string", `an answer without the text "${field}"`);
  return value;
}

/** A field that must be a list of objects. */
export function listOf(json: Json, field: string): Json[] {
  const value = json[field];
  expectSeen(Array.isArray(value), `an answer without the list "${field}"`);
  return value as Json[];
}
