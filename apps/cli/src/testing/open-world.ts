import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { cloneDatabase } from "@postern/devkit";
import { pushSecuritySchema } from "@postern/schema/push";
import postgres from "postgres";
import { declared } from "./people.ts";
import { runInProcess } from "./run-in-process.ts";

const MAIN = resolve(import.meta.dirname, "../main.ts");

const PEOPLE = `create table people (
  person_no serial primary key, mobile varchar(32), totp_secret text, orders integer default 0)`;

export const newKey = () => randomBytes(32).toString("hex");

/**
 * An app's database with Postern's tables beside its own people, and the tool to run on it: an
 * empty one where its address is given, else one of the tests' server.
 */
export async function openWorld({ databaseUrl }: { databaseUrl?: string } = {}) {
  await using parts = new AsyncDisposableStack();
  const url = databaseUrl ?? parts.use(await cloneDatabase({ from: "empty" })).url;
  const sql = parts.adopt(postgres(url, { max: 4, onnotice: () => undefined }), (it) =>
    it.end({ timeout: 1 }),
  );
  await sql.unsafe(PEOPLE);
  await pushSecuritySchema({ databaseUrl: url, exports: declared, roles: null });
  const environment: Record<string, string> = {
    DATABASE_URL: url,
    DATABASE_SCHEMA: "auth",
    SYSTEM_ENCRYPTION_KEY: newKey(),
    BLIND_INDEX_KEY: newKey(),
  };
  const opened = parts.move();
  return {
    sql,
    url,
    environment,
    run: (...words: string[]) => runInProcess(words, environment),
    start: (...words: string[]) => start(words, environment),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** In a process of its own, which can be killed. */
function start(words: readonly string[], environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN, ...words], { env: environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  const exited = new Promise<number | null>((done) => child.once("close", done));
  return {
    exited,
    output: () => output,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
