import type { DevRecord } from "./record.ts";
import { bold, dim, say, seconds, shortPath } from "./screen.ts";

/** What a developer needs to go on: the addresses, and one command that shows it working. */
export function sayWelcome(record: DevRecord): void {
  const { auth, notifier, inbox, databaseUrl, redisUrl, logsFolder } = record;
  say(`\n  ${bold(`Ready in ${seconds(performance.now())}.`)} Ctrl-C stops everything.\n`);
  sayAddress("auth", auth.url, `reference at ${auth.url}/docs`);
  sayAddress("notifier", notifier.url);
  sayAddress("inbox", inbox.webUrl, `mail to ${inbox.smtpUrl}`);
  sayAddress("database", withoutPassword(databaseUrl), "whole in .postern/dev.json");
  sayAddress("redis", withoutPassword(redisUrl));
  sayAddress("logs", shortPath(logsFolder));
  say(`\n  See it work: ${bold("pnpm demo")} in another terminal. Or by hand:\n`);
  say(`  curl -s ${auth.url}/api/auth/signup -H 'content-type: application/json' \\`);
  say(`    -d '{"email":"ada@example.com","password":"seven green otters sing","name":"Ada"}'\n`);
}

const sayAddress = (name: string, address: string, note = ""): void =>
  say(`  ${name.padEnd(10)}${address.padEnd(48)}${note && dim(note)}`.trimEnd());

/** Passwords stay off the screen; of a list of addresses (a cluster) each loses its own. */
const withoutPassword = (urls: string): string =>
  urls.replaceAll(/:[^:@/,]*@/g, "@").replaceAll("//@", "//");
