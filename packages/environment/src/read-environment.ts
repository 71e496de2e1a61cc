import type { Static, TObject, TSchema } from "typebox";
import { Value } from "typebox/value";
import { BadEnvironmentError } from "./bad-environment-error.ts";
import { type Environment, readVariable } from "./read-variable.ts";

/** Rules over the values that passed the schema. Returns one line for each fault, without values. */
export type FindFaults<T extends TObject> = (values: Partial<Static<T>>) => readonly string[];

const noFaults = (): readonly string[] => [];

/**
 * Reads the variables that `schema` names and nothing else.
 *
 * - A variable that is unset or empty takes the schema's default; without one it is missing, unless optional.
 * - `NAME_FILE` names a file that holds the value; setting both is a fault.
 * - Integers are written in decimal digits and booleans as `true` or `false`; nothing else is converted.
 * - Every fault is found before the error is thrown, those of `findFaults` included; a fault names
 *   the variable and the schema's `description`, never the value.
 *
 * @throws {BadEnvironmentError} with all faults
 */
export function readEnvironment<T extends TObject>(
  schema: T,
  environment: Environment,
  findFaults: FindFaults<T> = noFaults,
): Static<T> {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, property] of Object.entries(schema.properties)) {
    const fault = readInto(values, {
      name,
      property,
      environment,
      required: isRequired(schema, name),
    });
    if (fault !== null) {
      faults.push(fault);
    }
  }
  faults.push(...findFaults(values as Partial<Static<T>>));
  if (faults.length > 0) {
    throw new BadEnvironmentError(faults);
  }
  return values as Static<T>;
}

type Place = { name: string; property: TSchema; environment: Environment; required: boolean };

/** Stores the value under its name, or returns the fault. */
function readInto(values: Record<string, unknown>, place: Place): string | null {
  const { name, property, environment, required } = place;
  const variable = readVariable(environment, name);
  if ("fault" in variable) {
    return variable.fault;
  }
  if (variable.text === null) {
    const fallback = annotation(property, "default");
    if (fallback !== undefined) {
      values[name] = fallback;
      return null;
    }
    return required ? `${name} is missing${explain(property)}` : null;
  }
  const value = convert(property, variable.text);
  if (!Value.Check(property, value)) {
    return `${name} is not valid${explain(property)}`;
  }
  values[name] = value;
  return null;
}

const isRequired = (schema: TObject, name: string): boolean =>
  (schema.required as readonly string[] | undefined)?.includes(name) ?? false;

function convert(property: TSchema, text: string): unknown {
  const type = annotation(property, "type");
  if (type === "integer" && /^-?\d{1,15}$/.test(text)) {
    return Number(text);
  }
  if (type === "boolean" && (text === "true" || text === "false")) {
    return text === "true";
  }
  return text;
}

function explain(property: TSchema): string {
  const description = annotation(property, "description");
  return typeof description === "string" ? `: ${description}` : "";
}

/** A JSON Schema keyword of a property, which TypeBox's base type does not declare. */
const annotation = (property: TSchema, keyword: string): unknown =>
  (property as Readonly<Record<string, unknown>>)[keyword];
