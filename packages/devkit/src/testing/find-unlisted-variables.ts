import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryFolder } from "../repository.ts";

type Environment = Record<string, string | undefined>;

/** Where a service listens inside its container, what its image says, and what tests and `pnpm dev` set. */
const NOT_PASSED_ON = /_(HOST|PORT)$|^(POSTERN_COMMIT|TWILIO_BASE_URL|INBOX_URL)$/;

/**
 * The variables that a service reads and an operator would not find: those that are not in
 * .env.example, and those that docker-compose.yml does not pass on to it.
 */
export function findUnlistedVariables(
  service: "auth" | "notifier",
  read: (environment: Environment) => unknown,
  working: Environment,
): string[] {
  const names = [...readBy(read, working)].filter((name) => !name.endsWith("_FILE"));
  const example = readDocument(".env.example");
  const compose = readDocument("docker-compose.yml");
  const passed = [partOf(compose, /^x-settings: .*$/m), partOf(compose, service)].join("\n");
  return names.flatMap((name) => [
    ...(new RegExp(`^(# )?${name}=`, "m").test(example) ? [] : [`${name} in .env.example`]),
    ...(NOT_PASSED_ON.test(name) || new RegExp(`^ +${name}: `, "m").test(passed)
      ? []
      : [`${name} in docker-compose.yml`]),
  ]);
}

/** The names that are asked for, whatever they are set to. */
function readBy(read: (environment: Environment) => unknown, working: Environment): Set<string> {
  const asked = new Set<string>();
  read(
    new Proxy(working, {
      get(target, name) {
        asked.add(String(name));
        return target[String(name)];
      },
    }),
  );
  return asked;
}

const readDocument = (path: string) => readFileSync(join(repositoryFolder, path), "utf8");

/** What is indented below a heading of docker-compose.yml. */
function partOf(compose: string, heading: RegExp | string): string {
  const pattern = typeof heading === "string" ? new RegExp(`^  ${heading}:$`, "m") : heading;
  const found = pattern.exec(compose);
  if (!found) {
    throw new Error(`docker-compose.yml has no ${heading}.`);
  }
  const below = compose.slice(found.index + found[0].length);
  const indent = typeof heading === "string" ? 2 : 0;
  const end = below.search(new RegExp(`^ {0,${indent}}\\S`, "m"));
  return end < 0 ? below : below.slice(0, end);
}
