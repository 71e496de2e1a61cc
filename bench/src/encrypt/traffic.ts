import { setTimeout as sleep } from "node:timers/promises";
import { blindIndex, createDigestKeys, open } from "@postern/crypto";
import { securityEvents } from "@postern/schema";
import { readEncryptionStage, readSealed } from "@postern/schema/encryption";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { emailOf, PASSWORD, phoneOf, placeOf, ringOf } from "./accounts.ts";
import type { Environment } from "./postern.ts";

/** Milliseconds that each took; what failed is only counted. */
export type Traffic = {
  readonly signIns: number[];
  readonly lookUps: number[];
  failed: number;
};

/** Half of them sign-ins. */
const PER_SECOND = 50;

type Place = {
  readonly sql: Sql;
  readonly url: string;
  readonly rows: number;
  readonly environment: Environment;
};

/** Signs people in and looks others up at an even pace, for so many seconds or until something is done. */
export async function runTraffic(place: Place, until: number | Promise<unknown>): Promise<Traffic> {
  const traffic: Traffic = { signIns: [], lookUps: [], failed: 0 };
  const lookUp = openLookUp(place);
  let isOn = true;
  const end = typeof until === "number" ? sleep(until * 1_000) : until;
  const stopped = end.finally(() => {
    isOn = false;
  });
  const underWay = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let n = 0; isOn; n += 1) {
    const isSignIn = n % 2 === 0;
    const times = isSignIn ? traffic.signIns : traffic.lookUps;
    const one = timed(() => (isSignIn ? signIn(place) : lookUp.run()), { traffic, times });
    underWay.add(one);
    void one.finally(() => underWay.delete(one));
    await sleep(Math.max(0, startedAt + ((n + 1) * 1_000) / PER_SECOND - performance.now()));
  }
  await Promise.all(underWay);
  await lookUp.end();
  await stopped;
  return traffic;
}

type Book = { readonly traffic: Traffic; readonly times: number[] };

async function timed(work: () => Promise<boolean>, { traffic, times }: Book): Promise<void> {
  const at = performance.now();
  const isRight = await work().catch(() => false);
  if (isRight) times.push(performance.now() - at);
  else traffic.failed += 1;
}

const anyone = (rows: number): number => 1 + Math.floor(Math.random() * rows);

async function signIn({ url, rows }: Place): Promise<boolean> {
  const octet = () => 1 + Math.floor(Math.random() * 250);
  const answer = await fetch(`${url}/api/auth/login`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": `10.${octet()}.${octet()}.${octet()}`,
    },
    body: JSON.stringify({ email: emailOf(anyone(rows)), password: PASSWORD }),
  });
  await answer.arrayBuffer();
  return answer.status === 200;
}

type Row = { id: string; plain: string | null; sealed: never };

/** As an app looks people up while both are kept: by the index, else by the plain number. */
function openLookUp({ sql, environment, rows }: Place) {
  const ring = ringOf(environment);
  const digests = createDigestKeys(environment.BLIND_INDEX_KEY ?? "");
  const client = postgres(environment.DATABASE_URL ?? "", { max: 2, onnotice: () => undefined });
  const db = drizzle({ client });
  const from = { schema: "postern", table: "users", column: "phone_number" };
  const run = async (): Promise<boolean> => {
    const n = anyone(rows);
    const phone = phoneOf(n);
    const index = blindIndex(digests, "users.phone_number_index", phone);
    const [row] = await sql<Row[]>`
      select id, email, phone_number as plain, encrypted_phone_number as sealed from postern.users
      where phone_number_index = ${index}
        or (phone_number = ${phone} and encrypted_phone_number is null)`;
    if (!row) return false;
    const { id, plain, sealed } = row;
    // Before anybody begins, the app reads its column as it always did.
    if ((await readEncryptionStage(db, from)) === null) return plain === phone;
    const opened = await readSealed(
      db,
      { securityEvents },
      { from, plain, sealed, userId: id, open: (it) => open(ring, it, placeOf(id)) },
    );
    return opened === phone;
  };
  return { run, end: () => client.end() };
}

/** All but one in twenty took less. */
export function p95(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
}
