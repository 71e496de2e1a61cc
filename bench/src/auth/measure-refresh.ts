import { digestToken } from "@postern/crypto";
import type { Figure } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { type Contestant, inTurn, type Rates } from "./in-turn.ts";
import { IN_FLIGHT, type World } from "./open-world.ts";
import { runPgbench } from "./pgbench.ts";
import { readSentStatement, type SentStatement } from "./sent-statement.ts";
import { signInMany, type Tokens } from "./sign-in.ts";

/** Rotations of each of the chains, in one round. */
const STEPS = 160;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Chains of refresh tokens, each a session's own, side by side. Leaves the access tokens behind.
 */
export async function measureRefresh(world: World, tokens: Set<string>): Promise<Figure[]> {
  let person = 0;
  const startChains = () => {
    person += IN_FLIGHT;
    return signInMany(world, person, IN_FLIGHT);
  };
  const own = async () => refreshAll(world, await startChains(), { steps: STEPS, tokens });
  const { pgbench } = world;
  const statement = await statementOf(world, await startChains());
  const contestants: Contestant[] = [["own", own]];
  if (pgbench) {
    contestants.push([
      "pgbench",
      async (round) => {
        await renameTokens(world, await startChains(), round);
        const vary = (value: string) => varied(statement, value, round);
        const work = { url: world.databaseUrl, statement: statement.sent, vary };
        const rate = await runPgbench(pgbench, {
          ...{ ...work, clients: IN_FLIGHT, transactions: STEPS },
        });
        await requireRotated(world, round);
        return rate;
      },
    ]);
  }
  return describe(await inTurn(world.rounds, contestants), pgbench !== null);
}

type Refreshing = { readonly steps: number; readonly tokens: Set<string> };

export function refreshAll(
  world: World,
  chains: readonly Tokens[],
  { steps, tokens }: Refreshing,
): Promise<number> {
  const heads = chains.map(({ refreshToken }) => refreshToken);
  return world.postern.load({
    inFlight: heads.length,
    until: { count: steps * heads.length },
    next: (worker) => ({
      method: "POST",
      path: "/api/auth/refresh",
      body: { refreshToken: heads[worker] },
    }),
    take: ({ body }, worker) => {
      const answer: Tokens = JSON.parse(body);
      heads[worker] = answer.refreshToken;
      tokens.add(answer.accessToken);
    },
  });
}

type Known = {
  readonly sent: SentStatement;
  readonly presented: string;
  readonly next: string;
};

/** One refresh as the service sends it, and what of it names the two tokens. */
async function statementOf(world: World, [chain]: readonly Tokens[]): Promise<Known> {
  const refreshToken = chain?.refreshToken ?? "";
  let successor = "";
  const sent = await readSentStatement(world, "successor as (", async () => {
    const { body } = await world.postern.send({
      method: "POST",
      path: "/api/auth/refresh",
      body: { refreshToken },
    });
    successor = JSON.parse(body).refreshToken;
  });
  return { sent, presented: digestToken(refreshToken), next: digestToken(successor) };
}

const nameOf = (round: number, client: string, step: string) =>
  `lpad('r${round}-' || ${client} || '-' || ${step}, 43, '0')`;

function varied({ presented, next }: Known, value: string, round: number): string | null {
  if (value === presented) return nameOf(round, ":client_id::text", ":step::text");
  if (value === next) return nameOf(round, ":client_id::text", "(:step::int + 1)::text");
  return UUID.test(value) ? "uuidv7()" : null;
}

/** pgbench knows no digest: its tokens are called by round, client and step. */
async function renameTokens({ sql }: World, chains: readonly Tokens[], round: number) {
  for (const [client, { refreshToken }] of chains.entries()) {
    await sql`
      update postern.refresh_tokens set token_hash = ${sql.unsafe(nameOf(round, `'${client}'`, "'0'"))}
      where token_hash = ${digestToken(refreshToken)}`;
  }
}

async function requireRotated({ sql }: World, round: number): Promise<void> {
  const [row] = await sql<{ rotated: number }[]>`
    select count(*)::int as rotated from postern.refresh_tokens
    where token_hash like ${`0%r${round}-%`} and rotated_at is not null`;
  if (row?.rotated !== IN_FLIGHT * STEPS) {
    throw new BenchError(`pgbench rotated ${row?.rotated} tokens.`);
  }
}

function describe({ rate, ratio }: Rates, hasPgbench: boolean): Figure[] {
  const own: Figure = { name: "refresh", value: rate("own"), unit: "per second" };
  if (!hasPgbench) return [own];
  return [
    own,
    { name: "refresh, pgbench on its statement", value: rate("pgbench"), unit: "per second" },
    {
      name: "refresh ÷ pgbench",
      value: ratio("own", "pgbench"),
      unit: "ratio",
      limit: { atLeast: 0.5 },
    },
  ];
}
