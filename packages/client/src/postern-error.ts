import type { components } from "./generated/api.ts";

/** Why the service said no. New codes may join: decide by `status` where you do not know one. */
export type ProblemCode = components["schemas"]["ProblemCode"];

/** A field that was refused, by its JSON pointer. */
export type FieldError = { pointer: string; message: string };

/** `unreachable`: no answer came. `unexpected_answer`: one that is no problem document of Postern's. */
export type ErrorCode = ProblemCode | "unreachable" | "unexpected_answer";

type Details = {
  code: ErrorCode;
  /** The HTTP status; 0 where no answer came. */
  status: number;
  message: string;
  retryAfterSeconds?: number | undefined;
  detail?: string | undefined;
  errors?: readonly FieldError[] | undefined;
  instance?: string | undefined;
};

/** What every call throws that does not end well. */
export class PosternError extends Error {
  override readonly name = "PosternError";
  readonly code: ErrorCode;
  readonly status: number;
  /** When to try again: with 429 and 503. */
  readonly retryAfterSeconds: number | undefined;
  /** One sentence about this refusal. */
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[];
  /** Names the request in the service's log. */
  readonly instance: string | undefined;

  constructor({ code, status, message, ...details }: Details, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.detail = details.detail;
    this.errors = details.errors ?? [];
    this.instance = details.instance;
  }
}

const SESSION_ENDS: readonly ErrorCode[] = ["session_ended", "token_reused"];

/** Whether the service said so of the session itself: another 401 is about a token, or a proxy's. */
export const isSessionEnd = (error: unknown): error is PosternError =>
  error instanceof PosternError && SESSION_ENDS.includes(error.code);

/** Reads what an answer refuses with, from a copy of it; null where it does not refuse. */
export async function readError(response: Response): Promise<PosternError | null> {
  if (response.ok) {
    return null;
  }
  const { status } = response;
  const retryAfterSeconds = readSeconds(response.headers.get("retry-after"));
  const problem = await readProblem(response);
  if (problem === null) {
    const message = `The answer ${status} is no problem document.`;
    return new PosternError({ code: "unexpected_answer", status, message, retryAfterSeconds });
  }
  const { title, ...rest } = problem;
  return new PosternError({ ...rest, status, message: title, retryAfterSeconds });
}

type Problem = Omit<Details, "status" | "message" | "retryAfterSeconds"> & { title: string };

async function readProblem(response: Response): Promise<Problem | null> {
  if (!response.headers.get("content-type")?.startsWith("application/problem+json")) {
    return null;
  }
  try {
    const body: unknown = await response.clone().json();
    return isProblem(body) ? body : null;
  } catch {
    return null;
  }
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === "object" &&
  body !== null &&
  "code" in body &&
  typeof body.code === "string" &&
  "title" in body &&
  typeof body.title === "string";

/** Postern writes seconds; a date, which a proxy may write, says nothing here. */
const readSeconds = (text: string | null): number | undefined =>
  text !== null && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
