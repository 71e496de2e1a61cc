import type { CallRow } from "./call-table.ts";
import type { operations } from "./generated/api.ts";
import { CALLS } from "./generated/calls.ts";
import { type Performer, perform } from "./perform.ts";
import { PosternError } from "./postern-error.ts";
import type { SessionAnswer, Transport } from "./transport.ts";

export type CallId = keyof typeof CALLS;

type Json = "application/json";
type Part<T> = [T & {}] extends [never] ? unknown : T & {};
type Fields<Id extends CallId, Place extends "path" | "query"> = Part<
  operations[Id]["parameters"][Place]
>;
type Body<Id extends CallId> = operations[Id] extends {
  requestBody?: { content: Record<Json, infer B> };
}
  ? Part<B>
  : unknown;

/** The fields of a call: those of its path, its query and its body, side by side. */
export type Input<Id extends CallId> = Fields<Id, "path"> & Fields<Id, "query"> & Body<Id>;

type Answers<R> = {
  [Status in keyof R]: R[Status] extends { content: Record<Json, infer A> } ? A : undefined;
}[keyof R];

/** What a call answers; undefined where the service answers 204. */
export type Answer<Id extends CallId> = Answers<operations[Id]["responses"]>;

export type CallOptions = { signal?: AbortSignal };

/** What stands between the parentheses: nothing need, where no field must be given. */
type Arguments<Id extends CallId> = keyof Input<Id> extends never
  ? [input?: Record<string, never>, options?: CallOptions]
  : object extends Input<Id>
    ? [input?: Input<Id>, options?: CallOptions]
    : [input: Input<Id>, options?: CallOptions];

type Call<Id extends CallId> = (...taken: Arguments<Id>) => Promise<Answer<Id>>;

/** Every call of the service by its operationId. All throw a PosternError. */
export type Calls = { readonly [Id in CallId]: Call<Id> };

export type Caller = Performer & { baseUrl: string; transport: Transport };

type Values = Readonly<Record<string, unknown>>;
type Made = { id: string; row: CallRow; input: Values; signal: AbortSignal | null };

/** Calls after which there is no session. */
const ENDS: readonly string[] = ["signOutEverywhere", "eraseAccount"] satisfies CallId[];

export function makeCalls(caller: Caller): Calls {
  const calls = Object.entries<CallRow>(CALLS).map(([id, row]) => [
    id,
    (input: Values = {}, { signal = null }: { signal?: AbortSignal | null } = {}) =>
      makeCall(caller, { id, row, input, signal }),
  ]);
  return Object.fromEntries(calls) as Calls;
}

async function makeCall(caller: Caller, call: Made): Promise<unknown> {
  const { response, error } = await perform(caller, await toRequest(caller, call), call.row.bearer);
  if (error) {
    throw error;
  }
  const answer = await readAnswer(response);
  if (isSession(answer)) {
    await caller.keeper.keep(answer);
  } else if (ENDS.includes(call.id)) {
    await caller.keeper.drop();
  }
  return answer;
}

async function toRequest(caller: Caller, { row, input, signal }: Made): Promise<Request> {
  const url = new URL(`${caller.baseUrl}${fillPath(row.path, input)}`);
  const inUrl = [...row.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  for (const name of row.query) {
    if (input[name] !== undefined) {
      url.searchParams.set(name, String(input[name]));
    }
  }
  const rest = Object.entries(input).filter(
    ([name]) => !inUrl.includes(name) && !row.query.includes(name),
  );
  const body = { ...(await fill(caller, row)), ...Object.fromEntries(rest) };
  const hasBody = Object.keys(body).length > 0;
  return new Request(url, {
    method: row.method,
    headers: hasBody ? { "content-type": "application/json" } : {},
    body: hasBody ? JSON.stringify(body) : null,
    credentials: caller.transport.credentials,
    signal,
  });
}

/** Dots alone would lead to another path, whatever they are written as. */
function fillPath(path: string, input: Values): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const text = String(input[name] ?? "");
    if (["", ".", ".."].includes(text)) {
      throw new TypeError(`${name} cannot be "${text}".`);
    }
    return encodeURIComponent(text);
  });
}

/** What the client knows and the caller need not say. */
async function fill({ keeper, transport }: Caller, { fills }: CallRow): Promise<Values> {
  if (transport.usesCookies) {
    return fills.includes("transport") ? { transport: "cookie" } : {};
  }
  const { deviceToken } = fills.includes("deviceToken")
    ? await keeper.read()
    : { deviceToken: null };
  return deviceToken === null ? {} : { deviceToken };
}

async function readAnswer(response: Response): Promise<unknown> {
  if (response.status === 204) {
    return undefined;
  }
  try {
    return await response.json();
  } catch (cause) {
    const { status } = response;
    const message = `The answer ${status} is no JSON.`;
    throw new PosternError({ code: "unexpected_answer", status, message }, { cause });
  }
}

const isSession = (answer: unknown): answer is SessionAnswer =>
  typeof answer === "object" && answer !== null && "accessToken" in answer;
