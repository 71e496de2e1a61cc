import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const CODE_POINTS_MIN = 8;
const LONG = 15;
const RANKS_OF_SHORT = 100_000;

/**
 * Makes the shipped blocklist from lists of one password a line, the most common first.
 *
 * Nobody may set fewer than 8 code points, and most are asked for 15: so the list holds
 * every long one, and of the shorter ones those of the first 100,000 ranks. Where the lists come
 * from is told in common-passwords.md.
 *
 *     pnpm --filter @postern/auth blocklist LIST...
 */
function makeCommonPasswords(lists: readonly string[]): void {
  const chosen = new Set(lists.flatMap((path) => choose(readFileSync(path, "utf8").split("\n"))));
  const text = `\n${[...chosen].sort().join("\n")}\n`;
  writeFileSync(new URL("common-passwords.txt.gz", import.meta.url), gzipSync(text, { level: 9 }));
  process.stdout.write(`${chosen.size} passwords, ${Buffer.byteLength(text)} bytes unpacked\n`);
}

const choose = (ranked: readonly string[]): string[] =>
  ranked
    .map((password) => password.replace(/\r$/, "").normalize("NFC").toLowerCase())
    .filter((password, rank) => {
      const codePoints = [...password].length;
      const isRanked = rank < RANKS_OF_SHORT || codePoints >= LONG;
      // What is no UTF-8 stands as U+FFFD.
      return isRanked && codePoints >= CODE_POINTS_MIN && !password.includes("\ufffd");
    });

makeCommonPasswords(process.argv.slice(2));
