import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../repository.ts";
import { lockHolder } from "./lock.ts";

type Service = { url: string; operatorsUrl: string; pid: number };

/** Where a running `pnpm dev` can be found, for `pnpm demo` and other programs beside it. */
export type DevRecord = {
  pid: number;
  startedAt: string;
  auth: Service;
  notifier: Service;
  inbox: { smtpUrl: string; webUrl: string };
  /** With their passwords: the file is readable by its owner alone. */
  databaseUrl: string;
  databaseSchema: string;
  redisUrl: string;
  logsFolder: string;
};

const file = () => join(stateFolder, "dev.json");

export function writeRecord(record: DevRecord): void {
  mkdirSync(stateFolder, { recursive: true });
  const draft = `${file()}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file());
}

/** Undefined when no `pnpm dev` runs: one that was killed leaves its record behind. */
export function readRecord(): DevRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file(), "utf8")) as DevRecord;
    return record.pid === lockHolder() ? record : undefined;
  } catch {
    return undefined;
  }
}

export const removeRecord = (): void => rmSync(file(), { force: true });
