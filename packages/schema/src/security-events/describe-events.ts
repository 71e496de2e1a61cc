import { type RegisteredEvent, securityEventRegister } from "./register.ts";

/** The register as one Markdown table, by the names of the events. */
export const describeEvents = (): string =>
  [
    "| event | severity | when it is written | metadata |",
    "|---|---|---|---|",
    ...Object.entries(securityEventRegister)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, event]) => lineOf(name, event)),
  ].join("\n");

function lineOf(name: string, { severity, meaning, metadata, writtenBy }: RegisteredEvent): string {
  const keys = metadata.map((key) => `\`${key}\``).join(", ");
  const writer = writtenBy === undefined ? "" : ` Written by ${writtenBy}.`;
  return `| \`${name}\` | ${severity} | ${meaning}${writer} | ${keys} |`;
}
