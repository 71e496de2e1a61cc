import type { Sql, TransactionSql } from "postgres";
import { begin } from "../database/begin.ts";
import { connect } from "../database/connect.ts";
import { checkDatabaseUrl } from "../database/database-url.ts";
import { explain } from "../database/explain.ts";
import type { Program } from "../database/program.ts";
import { PushError } from "../database/push-error.ts";
import type { Step } from "../database/step.ts";
import { declarationIn } from "../declared/declaration-in.ts";
import { describeTable } from "../declared/describe-table.ts";
import { draftDefinitions } from "../declared/draft-definitions.ts";
import { DEFAULT_ROLES, type Roles } from "../repeatable/roles.ts";
import type { Declaration } from "../target.ts";
import { apply, type Progress } from "./apply.ts";
import { inTurn } from "./in-turn.ts";
import { makePlan, type Plan, type Wish } from "./plan.ts";

export type PushOptions = {
  /** Of a role that may create schemas there. */
  readonly databaseUrl: string;
  /**
   * What your schema files export: `import * as exports from "./schema.ts"`. Our tables are found
   * among them by a mark that they bear; everything else is passed over.
   */
  readonly exports: Readonly<Record<string, unknown>>;
  /** The database roles that the tables are granted to; null leaves them out. */
  readonly roles?: Roles;
  /** Only plan. */
  readonly isCheck?: boolean;
  /** Also do what drops, empties or rewrites something of ours. Never drops a table. */
  readonly acceptDataLoss?: boolean;
  /** Asked once, before anything is done. Without it a plan that loses nothing is applied. */
  readonly confirm?: (steps: readonly Step[]) => Promise<boolean>;
  readonly onProgress?: Progress;
  /** Called once where another push is running, which this one waits for. */
  readonly onWait?: () => void;
  /** What hints call this by. */
  readonly program?: Program;
};

/** `different` answers a check; `refused` and `declined` mean that nothing was done. */
export type PushOutcome = "nothing to do" | "applied" | "different" | "refused" | "declined";

export type PushResult = {
  readonly outcome: PushOutcome;
  readonly schema: string;
  readonly tables: readonly string[];
  readonly steps: readonly Step[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
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
  const { program = "postern-schema push" } = options;
  const databaseUrl = checkDatabaseUrl(options.databaseUrl, program);
  const { target, tables } = declarationIn(options.exports);
  let sql: Sql | undefined;
  try {
    sql = await connect(databaseUrl);
    const { outcome, plan } = await push(sql, { target, tables }, options);
    return {
      outcome,
      schema: target.schema,
      tables: target.tables,
      steps: plan.steps,
      notes: plan.notes,
      milliseconds: Math.round(performance.now() - startedAt),
    };
  } catch (error) {
    throw explain(error, databaseUrl, { program, users: target.users });
  } finally {
    await sql?.end({ timeout: 1 });
  }
}

type Pushed = { outcome: PushOutcome; plan: Plan };

async function push(sql: Sql, declaration: Declaration, options: PushOptions): Promise<Pushed> {
  const { target } = declaration;
  const { roles = DEFAULT_ROLES, program = "postern-schema push" } = options;
  const tables = declaration.tables.map(describeTable);
  const { wish, plan } = await begin(sql, async (tx) => {
    const declared = await draftDefinitions(tx, tables, target.users.schema);
    const wish: Wish = { target, tables, declared, roles, program };
    return { wish, plan: await makePlan(tx, wish) };
  });
  const early = await decide(plan, options);
  if (early) return { outcome: early, plan };
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
  if (steps.length === 0 && !isUnrecorded) return { outcome: "nothing to do", plan };
  const isAsShown =
    steps.length === shown.steps.length &&
    steps.every(({ sql }, index) => sql === shown.steps[index]?.sql);
  if (options.confirm && !isAsShown) {
    throw new PushError("The database changed meanwhile. Nothing was done. Run the push again.");
  }
  if (isRefused(plan, options)) return { outcome: "refused", plan };
  await apply(tx, { wish, plan, onProgress: options.onProgress ?? (() => undefined) });
  return { outcome: steps.length > 0 ? "applied" : "nothing to do", plan };
}
