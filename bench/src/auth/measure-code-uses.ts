import { digestToken } from "@postern/crypto";
import type { Figure } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { type Code, readCodes } from "./codes.ts";
import { type Contestant, inTurn } from "./in-turn.ts";
import { CODES_A_ROUND } from "./measure-code-sends.ts";
import { IN_FLIGHT, type World } from "./open-world.ts";
import { runPgbench } from "./pgbench.ts";
import { readSentStatement, type SentStatement } from "./sent-statement.ts";

/** Half of what a round sent is used up by the service, less one; half by pgbench. */
const STEPS = Math.floor(CODES_A_ROUND / 2 / IN_FLIGHT) - 1;
const USES = STEPS * IN_FLIGHT;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Codes by email that were sent before, each presented once: each starts a session. */
export async function measureCodeUses(world: World): Promise<Figure[]> {
  const codes = await readCodes(world);
  const statement = await statementOf(world, codes.splice(0, 1)[0]);
  const contestants: Contestant[] = [
    ["own", () => presentAll(world, codes.splice(0, USES))],
    ["other", await presentingOther(world)],
  ];
  const { pgbench } = world;
  if (pgbench) {
    contestants.push([
      "pgbench",
      (round) => onPgbench(world, { pgbench, codes, statement, round }),
    ]);
  }
  const { rate, ratio } = await inTurn(world.rounds, contestants);
  const figures: Figure[] = [
    { name: "OTP verify", value: rate("own"), unit: "per second" },
    { name: "better-auth, OTP verify", value: rate("other"), unit: "per second" },
    {
      name: "OTP verify ÷ better-auth",
      value: ratio("own", "other"),
      unit: "ratio",
      limit: { atLeast: 5 },
    },
  ];
  if (!pgbench) return figures;
  return [
    ...figures,
    { name: "OTP verify, pgbench on its statement", value: rate("pgbench"), unit: "per second" },
    {
      name: "OTP verify ÷ pgbench",
      value: ratio("own", "pgbench"),
      unit: "ratio",
      limit: { atLeast: 0.5 },
    },
  ];
}

const shotOf = ({ nextAddress }: World, body: Code) =>
  ({
    method: "POST",
    path: "/api/auth/otp/verify",
    headers: { "x-forwarded-for": nextAddress() },
    body,
  }) as const;

function presentAll(world: World, codes: Code[]): Promise<number> {
  return world.postern.load({
    inFlight: IN_FLIGHT,
    until: { count: codes.length },
    next: () => shotOf(world, popped(codes)),
  });
}

async function presentingOther({ betterAuth }: World): Promise<() => Promise<number>> {
  const { body } = await betterAuth.send({ method: "POST", path: "/own/codes", body: {} });
  const codes: [email: string, code: string][] = JSON.parse(body);
  return () =>
    betterAuth.load({
      inFlight: IN_FLIGHT,
      until: { count: USES },
      next: () => {
        const [email, otp] = popped(codes);
        return { method: "POST", path: "/api/auth/sign-in/email-otp", body: { email, otp } };
      },
    });
}

function popped<Item>(items: Item[]): Item {
  const item = items.pop();
  if (item === undefined) throw new BenchError("Not enough codes were sent.");
  return item;
}

type Known = {
  readonly sent: SentStatement;
  readonly unique: readonly string[];
  readonly challengeId: string;
};

/** One use as the service sends it, and what of it must differ from use to use. */
async function statementOf(world: World, code: Code | undefined): Promise<Known> {
  if (!code) throw new BenchError("No code was sent.");
  let unique: string[] = [];
  const sent = await readSentStatement(world, "consumed as (", async () => {
    const { body } = await world.postern.send(shotOf(world, code));
    const { refreshToken, deviceToken } = JSON.parse(body);
    unique = [refreshToken, deviceToken].map(digestToken);
  });
  return { sent, unique, challengeId: code.challengeId };
}

type Round = {
  readonly pgbench: string;
  readonly codes: Code[];
  readonly statement: Known;
  readonly round: number;
};

async function onPgbench(world: World, { pgbench, codes, statement, round }: Round) {
  const ids = codes.splice(0, USES).map(({ challengeId }) => challengeId);
  // pgbench finds its codes by round, client and step.
  await world.sql`
    update postern.email_delivery_log d
    set challenge_id = ${`r${round}-`} || (c.n - 1) % ${IN_FLIGHT} || '-' || (c.n - 1) / ${IN_FLIGHT}
    from unnest(${ids}::text[]) with ordinality as c (id, n) where d.challenge_id = c.id`;
  const name = `'r${round}-' || :client_id::text || '-' || :step::text`;
  const vary = (value: string) => {
    const unique = statement.unique.indexOf(value);
    if (unique >= 0) return `lpad('c${unique}' || ${name}, 43, '0')`;
    if (value === statement.challengeId) return `(${name})`;
    return UUID.test(value) ? "uuidv7()" : null;
  };
  const rate = await runPgbench(pgbench, {
    ...{ url: world.databaseUrl, statement: statement.sent, vary },
    ...{ clients: IN_FLIGHT, transactions: STEPS },
  });
  const [row] = await world.sql<{ used: number }[]>`
    select count(*)::int as used from postern.email_delivery_log
    where challenge_id like ${`r${round}-%`} and consumed_at is not null`;
  if (row?.used !== USES) throw new BenchError(`pgbench used ${row?.used} codes.`);
  return rate;
}
