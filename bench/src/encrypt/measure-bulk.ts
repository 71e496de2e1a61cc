import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { blindIndex, createDigestKeys, createKeyRing, seal } from "@postern/crypto";
import postgres, { type Sql } from "postgres";
import type { Figure } from "../bench.ts";
import { type Environment, postern } from "./postern.ts";

/** Both tables alike: what is sealed, its index and an index on that. */
const tableOf = (name: string, rows: number) => `
  create table ${name} (id integer primary key, phone_number text, encrypted_phone_number text,
    phone_number_index varchar(22)) with (fillfactor = 70);
  insert into ${name} (id, phone_number)
    select n, '+2547' || lpad(n::text, 8, '0') from generate_series(1, ${rows}) n;
  create index ${name}_by_index on ${name} (phone_number_index);
  vacuum analyze ${name}`;

type Place = { readonly server: string; readonly environment: Environment; readonly rows: number };

/**
 * Rows a second of the backfill by two processes, beside COPY of values that are sealed already into a
 * temporary table and one UPDATE of the same rows from there.
 */
export async function measureBulk({ server, environment: keys, rows }: Place): Promise<Figure[]> {
  const url = await makeDatabase(server, "bulk");
  const environment = { ...keys, DATABASE_URL: url };
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  for (const name of ["ours", "peer"]) {
    for (const statement of tableOf(name, rows).split(";\n")) await sql.unsafe(statement);
  }
  const lines = sealedLines(environment, rows);
  await sql`checkpoint`;
  const startedAt = performance.now();
  await copyAndUpdate(sql, lines);
  const copied = rows / ((performance.now() - startedAt) / 1_000);
  await sql`checkpoint`;
  const sealed =
    rows / Math.max(...(await Promise.all([1, 2].map(() => sealingTime(environment)))));
  await sql.end();
  return [
    { name: "rows sealed in bulk", value: sealed, unit: "rows/s" },
    { name: "COPY and one UPDATE, values sealed before", value: copied, unit: "rows/s" },
    {
      name: "sealed in bulk ÷ COPY and UPDATE",
      value: sealed / copied,
      unit: "ratio",
      limit: { atLeast: 0.5 },
    },
  ];
}

/** Seconds that one process was busy sealing, by its own account: its start is not counted. */
async function sealingTime(environment: Environment): Promise<number> {
  const output = await postern(
    environment,
    ...["encrypt", "--table", "public.ours", "--column", "phone_number", "--workers", "1"],
    ...["--into", "encrypted_phone_number", "--index", "phone_number_index"],
    ...["--normalise", "phone"],
  );
  const [, done, rate] = [...output.matchAll(/(\d+) of \d+ rows, (\d+) a second/g)].at(-1) ?? [];
  return Number(done) / Number(rate);
}

async function makeDatabase(server: string, name: string): Promise<string> {
  const sql = postgres(server, { max: 1 });
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** What COPY reads: id, sealed value, index. */
function sealedLines(environment: Environment, rows: number): string[] {
  const hex = environment.SYSTEM_ENCRYPTION_KEY ?? randomBytes(32).toString("hex");
  const ring = createKeyRing({ active: { id: 1, hex }, previous: [] });
  const digests = createDigestKeys(environment.BLIND_INDEX_KEY ?? hex);
  return Array.from({ length: rows }, (_, n) => {
    const id = String(n + 1);
    const phone = `+2547${id.padStart(8, "0")}`;
    const place = { table: "peer", column: "encrypted_phone_number", rowId: id };
    return `${id}\t${seal(ring, phone, place)}\t${blindIndex(digests, "peer.phone_number_index", phone)}\n`;
  });
}

async function copyAndUpdate(sql: Sql, lines: readonly string[]): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`create temporary table sealed (id integer, value text, index text) on commit drop`;
    const copy = await tx`copy sealed from stdin`.writable();
    Readable.from(lines).pipe(copy);
    await once(copy, "finish");
    await tx`update peer set encrypted_phone_number = value, phone_number_index = index
      from sealed where peer.id = sealed.id`;
  });
}
