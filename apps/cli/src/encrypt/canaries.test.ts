import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findInstalledPostgres, startPostgres } from "@postern/devkit";
import { migrateSecuritySchema } from "@postern/schema/migrate";
import { expect, test } from "vitest";
import { openWorld } from "../testing/open-world.ts";
import { declared } from "../testing/people.ts";
import { PHONES, phoneOf } from "../testing/phones.ts";
import { SECRETS, secretOf } from "../testing/secrets.ts";

const PEOPLE = 1_000;

/** A distribution's server brings pg_dump; the one that we bring does not. */
const installed = findInstalledPostgres(15);

if (!installed) {
  process.stderr.write("pg_dump is not run on the canaries: PostgreSQL 15 is not installed.\n");
}

test.runIf(installed)(
  "neither pg_dump nor the server's log holds one of 1,000 numbers or secrets (R-27, R-49)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "postern-canaries-"));
    const logFile = join(folder, "postgres.log");
    try {
      await using server = await startPostgres({ major: 15, logFile });
      await using world = await openWorld({ databaseUrl: server.url });
      const { run, sql } = world;
      await sql`
      insert into people (mobile, totp_secret)
      select '07' || (10000000 + n)::text, 'JBSWY3DPEHPK' || lpad(n::text, 4, '2')
      from generate_series(1, ${PEOPLE}::int) n`;
      const said: string[] = [];
      for (const [column, options] of [
        ["mobile", PHONES],
        ["totp_secret", SECRETS],
      ] as const) {
        const at = ["--table", "public.people", "--column", column];
        for (const words of [options, ["verify", ...at], ["enforce", ...at], ["status"]]) {
          const { code, out, err } = await run("encrypt", ...words);
          expect(code, err).toBe(0);
          said.push(out, err);
        }
      }
      // What an app that knows nothing still writes is refused, and the refusal repeats nothing.
      await expect(
        sql`update people set mobile = ${phoneOf(7)} where person_no = 8`,
      ).rejects.toThrow();
      await migrateSecuritySchema({
        databaseUrl: server.url,
        exports: declared,
        roles: null,
        contract: true,
      });

      const dump = execFileSync(join(installed!, "bin/pg_dump"), [server.url], {
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
      });
      const log = readFileSync(logFile, "utf8");
      expect(dump.match(/pe1[.]/g)!.length).toBeGreaterThanOrEqual(2 * PEOPLE);
      expect(log).toContain("ERROR");
      const everything = [dump, log, ...said].join("\n");
      const canaries = Array.from({ length: PEOPLE }, (_, n) => [
        phoneOf(n + 1).slice(1),
        secretOf(n + 1),
      ]).flat();
      expect(canaries.filter((canary) => everything.includes(canary))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
