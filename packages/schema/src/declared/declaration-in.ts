import { PushError } from "../database/push-error.ts";
import { type Declaration, findDeclaration } from "../target.ts";

/** findDeclaration(), its refusals as mistakes that one line explains. */
export function declarationIn(exported: Readonly<Record<string, unknown>>): Declaration {
  const declaration = tryFind(exported);
  const { schema } = declaration.target;
  if (isReserved(schema)) {
    throw new PushError(
      `The PostgreSQL schema ${schema} is reserved. Bind the tables to another: createSecuritySchema({ schema }).`,
    );
  }
  return declaration;
}

/** PostgreSQL's own, and where we keep what is ours. */
export const isReserved = (schema: string) =>
  /^pg_|^information_schema$|^postern_internal$/.test(schema);

function tryFind(exported: Readonly<Record<string, unknown>>): Declaration {
  try {
    return findDeclaration(exported);
  } catch (error) {
    throw new PushError((error as Error).message, { cause: error });
  }
}
