import { expect } from "vitest";

/** The id that a client was told, as a row has it: a number where an app's users have numbers. */
export const sameId = (id: string): unknown =>
  expect.toSatisfy((value: unknown) => String(value) === id, `the id ${id}`);
