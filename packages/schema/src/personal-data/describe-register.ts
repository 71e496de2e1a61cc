import { personalData } from "./register.ts";
import type { Erasure } from "./table-data.ts";

const ERASED: Readonly<Record<Erasure, string>> = {
  row: "goes with the account",
  null: "cleared",
  blank: "made blank",
  kept: "stays",
};

/** The register as Markdown tables, one a table of ours. */
export const describeRegister = (): string =>
  Object.entries(personalData)
    .filter(([, { personal }]) => Object.keys(personal).length > 0)
    .map(([table, { kept, personal }]) =>
      [
        `### \`${table}\``,
        "",
        `Kept ${kept}.`,
        "",
        "| column | tells | why | when the account is erased | exported |",
        "|---|---|---|---|---|",
        ...Object.entries(personal).map(
          ([column, { what, why, erased, isSecret }]) =>
            `| \`${column}\` | ${what} | ${why} | ${ERASED[erased]} | ${isSecret ? "no" : "yes"} |`,
        ),
      ].join("\n"),
    )
    .join("\n\n");
