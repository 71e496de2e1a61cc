import { type Declaration, findDeclaration } from "../target.ts";
import { PushError } from "./push-error.ts";

/** findDeclaration(), its refusals as mistakes that one line explains. */
export function declarationIn(exported: Readonly<Record<string, unknown>>): Declaration {
  try {
    return findDeclaration(exported);
  } catch (error) {
    throw new PushError((error as Error).message, { cause: error });
  }
}
