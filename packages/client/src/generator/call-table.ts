/** What the generator reads of an OpenAPI document. */
export type Document = { paths: Record<string, Record<string, Operation>> };

type Schema = { anyOf?: Schema[]; properties?: Record<string, unknown>; type?: string };
type Media = Record<string, { schema: Schema }>;

export type Operation = {
  operationId: string;
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string }[];
  requestBody?: { content: Media };
  responses: Record<string, { content?: Media }>;
};

export type Row = {
  id: string;
  method: string;
  path: string;
  bearer: "none" | "optional" | "required";
  query: string[];
  /** The fields of the body that the client fills in by itself. */
  fills: string[];
};

/** Made by hand in the client, because they change what it keeps. */
const BY_HAND = ["refreshSession", "getCsrfToken", "signOut"];
const FILLED = ["transport", "deviceToken"];
const JSON_TYPE = "application/json";

/** A call is what an app makes and what answers JSON or nothing: no redirects, streams or probes. */
export function listCalls({ paths }: Document): Row[] {
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => isCall(path, operation))
      .map(([method, operation]) => toRow({ path, method, operation })),
  );
  return rows.sort((one, other) => (one.id < other.id ? -1 : 1));
}

export const isCall = (path: string, { operationId, responses }: Operation): boolean =>
  path.startsWith("/api/") &&
  !BY_HAND.includes(operationId) &&
  Object.entries(responses).some(
    ([status, { content }]) =>
      status === "204" ||
      (status.startsWith("2") && content?.[JSON_TYPE]?.schema.type !== "string"),
  );

type Place = { path: string; method: string; operation: Operation };

function toRow({ path, method, operation }: Place): Row {
  const { operationId: id, parameters = [], requestBody } = operation;
  const fields = requestBody ? fieldsOf(requestBody.content[JSON_TYPE]?.schema ?? {}) : [];
  return {
    id,
    method: method.toUpperCase(),
    path,
    bearer: bearerOf(operation),
    query: parameters.filter((it) => it.in === "query").map(({ name }) => name),
    fills: FILLED.filter((name) => fields.includes(name)),
  };
}

function bearerOf({ security = [] }: Operation): Row["bearer"] {
  const kinds = security.map((one) => "bearer" in one);
  if (!kinds.includes(true)) {
    return "none";
  }
  return kinds.includes(false) ? "optional" : "required";
}

/** The names that a body may have, in any of its forms. */
export const fieldsOf = ({ properties = {}, anyOf = [] }: Schema): string[] => [
  ...Object.keys(properties),
  ...anyOf.flatMap(fieldsOf),
];
