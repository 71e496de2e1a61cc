import { type TSchema, Type } from "typebox";
import { type ProblemCode, problemRow } from "../problem.ts";
import { PROBLEM_TYPE } from "./answer-problem.ts";

/** What any route may answer, whatever it does. */
const ALWAYS: readonly ProblemCode[] = ["invalid_request", "internal_error", "service_unavailable"];
const WITH_BODY: readonly ProblemCode[] = ["payload_too_large", "unsupported_media_type"];

type Answers = Readonly<Record<number, TSchema>>;

/**
 * The response schemas of a route: its answers, and each refusal it lists, from the problem table.
 * Typed as the answers alone, so that a handler's return value is checked against those.
 */
export function describeAnswers<T extends Answers>(
  answers: T,
  refusals: readonly ProblemCode[] = [],
): T {
  const codes = [...new Set([...refusals, ...ALWAYS])];
  const byStatus = Object.groupBy(codes, (code) => problemRow(code).status);
  const problems = Object.entries(byStatus).map(([status, same = []]) => [
    status,
    { description: describe(same), content: { [PROBLEM_TYPE]: { schema: problemView(same) } } },
  ]);
  return { ...answers, ...Object.fromEntries(problems) };
}

/** The same for a route that takes a body. */
export const describeAnswersToBody = <T extends Answers>(
  answers: T,
  refusals: readonly ProblemCode[] = [],
): T => describeAnswers(answers, [...refusals, ...WITH_BODY]);

const describe = (codes: readonly ProblemCode[]): string =>
  codes.map((code) => `\`${code}\`: ${problemRow(code).title}`).join("\n\n");

/** RFC 9457, with the code to decide by and the fields that are wrong. */
const problemView = (codes: readonly ProblemCode[]) =>
  Type.Object({
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ examples: [...codes] }),
    instance: Type.String(),
    detail: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() })),
    ),
  });
