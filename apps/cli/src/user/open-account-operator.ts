import { type Operator, openOperator } from "@postern/auth/operator";
import type { Context } from "../command.ts";
import { readBinding, readDatabase, readKeysOf } from "../environment.ts";

/** The service's own use cases, on the environment's database and keys. */
export function openAccountOperator({ environment }: Context): Promise<Operator> {
  const { url, schema } = readDatabase(environment);
  const { service: keys } = readKeysOf(environment);
  const bindingModule = readBinding(environment);
  return openOperator({ databaseUrl: url, databaseSchema: schema, bindingModule, keys });
}
