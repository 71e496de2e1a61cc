import type { Sql, TransactionSql } from "postgres";
import { apply, inTurn, type Progress } from "./apply.ts";
import { connect } from "./connect.ts";
import { checkDatabaseUrl } from "./database-url.ts";
import { draftDefinitions } from "./draft.ts";
import { explain } from "./explain.ts";
import { type Kit, loadKit, type Snapshot } from "./kit.ts";
import { makePlan, type Plan, type Wish } from "./plan.ts";
import { PushError } from "./push-error.ts";
import type { Step } from "./step.ts";

export type PushOptions = {
  /** Of a role that may create schemas there. */
  readonly databaseUrl: string;
  /** What createSecuritySchema() gives, and the users table if it is ours. All in one schema. */
  readonly tables: Readonly<Record<string, unknown>>;
  /** Only plan. */
  readonly isCheck?: boolean;
  /** Also do what drops, empties or rewrites something of ours. */
  readonly acceptDataLoss?: boolean;
  /** Asked once, before anything is done. Without it a plan that loses nothing is applied. */
  readonly confirm?: (steps: readonly Step[]) => Promise<boolean>;
  readonly onProgress?: Progress;
  /** Called once where another push is running, which this one waits for. */
  readonly onWait?: () => void;
};

/** `different` answers a check; `refused` and `declined` mean that nothing was done. */
export type PushOutcome = "nothing to do" | "applied" | "different" | "refused" | "declined";

export type PushResult = {
  readonly outcome: PushOutcome;
  readonly schema: string;
  readonly tables: readonly string[];
  readonly steps: readonly Step[];
  readonly milliseconds: number;
};

/**
 * Brings the tables of a database to what is declared, all of it or nothing.
 *
 * What is not ours is neither dropped nor altered, wherever it lies. What would drop, empty or
 * rewrite something of ours is refused unless accepted. Throws PushError, whose message is one line
 * with the fix.
 */
export async function pushSecuritySchema(options: PushOptions): Promise<PushResult> {
  const startedAt = performance.now();
  const databaseUrl = checkDatabaseUrl(options.databaseUrl);
  const kit = loadKit();
  const { schema, wanted } = describe(kit, options.tables);
  let sql: Sql | undefined;
  try {
    sql = await connect(databaseUrl);
    const { outcome, steps } = await push(sql, { kit, schema, wanted }, options);
    return {
      outcome,
      schema,
      tables: Object.values(wanted.tables).map(({ name }) => name),
      steps,
      milliseconds: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    throw explain(error, databaseUrl);
  } finally {
    await sql?.end({ timeout: 1 });
  }
}

type Declaration = { kit: Kit; schema: string; wanted: Snapshot };

function describe(kit: Kit, tables: PushOptions["tables"]): Omit<Declaration, "kit"> {
  const snapshot = kit.describe(tables);
  const schemas = new Set(Object.values(snapshot.tables).map((table) => table.schema || "public"));
  const [schema, another] = schemas;
  if (schema === undefined || another !== undefined) {
    throw new PushError("Push tables of one PostgreSQL schema, and at least one of them.");
  }
  const home = schema === "public" ? {} : { [schema]: schema };
  // Only our tables: enums, views and policies beside them are somebody else's.
  const rest = { enums: {}, sequences: {}, views: {}, roles: {}, policies: {} };
  return { schema, wanted: { ...snapshot, ...rest, schemas: home } };
}

type Pushed = { outcome: PushOutcome; steps: readonly Step[] };

async function push(sql: Sql, declaration: Declaration, options: PushOptions): Promise<Pushed> {
  const { wish, plan } = await sql.begin(async (tx) => {
    const declared = await draftDefinitions(tx, declaration.kit, declaration.wanted);
    const wish: Wish = { ...declaration, declared };
    return { wish, plan: await makePlan(tx, wish) };
  });
  const early = await decide(plan, options);
  if (early) return { outcome: early, steps: plan.steps };
  const work = (tx: TransactionSql) => carryOut(tx, { wish, shown: plan, options });
  return inTurn(sql, work, options.onWait ?? (() => undefined));
}

/** The outcome where nothing is to be written. */
async function decide(plan: Plan, options: PushOptions): Promise<PushOutcome | undefined> {
  const { steps, isUnrecorded } = plan;
  if (steps.length === 0) {
    return isUnrecorded && !options.isCheck ? undefined : "nothing to do";
  }
  if (options.isCheck) return "different";
  if (isRefused(plan, options)) return "refused";
  const isWelcome = await (options.confirm?.(steps) ?? true);
  return isWelcome ? undefined : "declined";
}

const isRefused = ({ steps }: Plan, { acceptDataLoss = false }: PushOptions) =>
  !acceptDataLoss && steps.some(({ effect }) => effect === "loses");

/** Plans again, since another push may have been faster. */
async function carryOut(
  tx: TransactionSql,
  { wish, shown, options }: { wish: Wish; shown: Plan; options: PushOptions },
): Promise<Pushed> {
  const plan = await makePlan(tx, wish);
  const { steps, isUnrecorded } = plan;
  if (steps.length === 0 && !isUnrecorded) return { outcome: "nothing to do", steps };
  const isAsShown = steps.every(({ sql }, index) => sql === shown.steps[index]?.sql);
  if (options.confirm && !isAsShown) {
    throw new PushError("The database changed meanwhile. Nothing was done. Run the push again.");
  }
  if (isRefused(plan, options)) return { outcome: "refused", steps };
  await apply(tx, { wish, plan, onProgress: options.onProgress ?? (() => undefined) });
  return { outcome: steps.length > 0 ? "applied" : "nothing to do", steps };
}
