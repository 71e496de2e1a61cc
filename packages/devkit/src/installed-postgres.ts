import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's and Red Hat's packages put a server, and Homebrew on both kinds of Mac. */
const FOLDERS = [
  (major: number) => `/usr/lib/postgresql/${major}`,
  (major: number) => `/usr/pgsql-${major}`,
  (major: number) => `/opt/homebrew/opt/postgresql@${major}`,
  (major: number) => `/usr/local/opt/postgresql@${major}`,
];

/** The folder with the `bin` of a PostgreSQL that the machine has, if it has that version. */
export function findInstalledPostgres(major: number): string | undefined {
  return FOLDERS.map((folder) => folder(major)).find((folder) =>
    existsSync(join(folder, "bin/postgres")),
  );
}
