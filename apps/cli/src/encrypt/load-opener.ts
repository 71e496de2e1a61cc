import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError } from "../cli-error.ts";

type Row = { readonly id: string };

/** An older system's own format. `seal` is needed only to go back. */
export type Opener = {
  readonly open: (value: string, row: Row) => string | Promise<string>;
  readonly seal?: (value: string, row: Row) => string | Promise<string>;
};

/** Loads the operator's module. Throws CliError where it does not load, or exports no `open`. */
export async function loadOpener(path: string): Promise<Opener> {
  const exported = await load(path);
  if (typeof exported.open !== "function") {
    throw new CliError(`--opener ${path} exports no function open(value, row).`);
  }
  return exported as Opener;
}

async function load(path: string): Promise<Partial<Opener>> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    throw new CliError(`--opener ${path} does not load: ${reason}`, { cause: error });
  }
}
