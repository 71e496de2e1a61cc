import { test } from "vitest";
import { combinations } from "./combinations.ts";
import { tryCombination } from "./try-combination.ts";

/**
 * A test for each combination of an id's type, a place and a subset, on the tests' own server or
 * another.
 */
export function describeMatrix(serverUrl?: string): void {
  test.concurrent.for(combinations)(
    "$subset.name in $place.name beside users by $id.name",
    (combination) => tryCombination(combination, serverUrl),
  );
}
