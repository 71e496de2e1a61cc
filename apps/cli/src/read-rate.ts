import { CliError } from "./cli-error.ts";

/** Rows a second; null where no limit was given. */
export function readRate(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new CliError("--rate takes a whole number of rows a second, as --rate 5000.");
  }
  return Number(text);
}
