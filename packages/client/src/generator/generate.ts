import openapiTypescript, { astToString } from "openapi-typescript";
import { type Document, fieldsOf, isCall, listCalls, type Operation } from "./call-table.ts";

const HEAD = "// Made by `pnpm openapi` from openapi.json. Do not edit.\n\n";

/** The generated files, by their names: what calls take and answer, and how each is made. */
export async function generate(document: object): Promise<Record<string, string>> {
  const described = document as Document;
  const types = astToString(await openapiTypescript(withoutRefusals(described) as never));
  return { "api.ts": `${HEAD}${types}`, "calls.ts": `${HEAD}${writeTable(described)}` };
}

function writeTable(document: Document): string {
  const rows = listCalls(document).map(({ id, ...row }) => `  ${id}: ${JSON.stringify(row)},\n`);
  return `import type { CallTable } from "../call-table.ts";\n\nexport const CALLS = {\n${rows.join("")}} as const satisfies CallTable;\n`;
}

/** Refusals are thrown, as one error, so the types of calls leave them out. */
function withoutRefusals({ paths, ...document }: Document): object {
  const calls = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods)
        .filter(
          ([, operation]) => isCall(path, operation) || operation.operationId === "refreshSession",
        )
        .map(([method, operation]) => [method, slim(operation)]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(calls) };
}

function slim({ requestBody, responses, ...operation }: Operation): Partial<Operation> {
  const good = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const takesFields = Object.values(requestBody?.content ?? {}).some(
    ({ schema }) => fieldsOf(schema).length > 0,
  );
  return {
    ...operation,
    ...(requestBody && takesFields ? { requestBody } : {}),
    responses: Object.fromEntries(good),
  };
}
