import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFolder } from "../repository.ts";
import { chooseFaults } from "./choose-faults.ts";
import { copyCheckout } from "./copy-checkout.ts";
import { parseFaults } from "./fault.ts";
import { judgeFault } from "./judge-fault.ts";
import { findStaleness } from "./plant-fault.ts";
import { summarise } from "./report.ts";

const BASE32 = "packages/crypto/src/base32.ts";
const FAULTS = `# letters-of-four-bits
file: ${BASE32}
breaks: the alphabet of RFC 4648
tests: packages/crypto/src/base32.test.ts
- const BITS_A_LETTER = 5;
+ const BITS_A_LETTER = 4;

# two-lines-as-before
file: ${BASE32}
breaks: nothing
tests: packages/crypto/src/base32.test.ts
- const BITS_A_LETTER = 5;
- const BITS_A_BYTE = 8;
+ const BITS_A_LETTER = 5;
+
+ const BITS_A_BYTE = 8;

# no-source
file: ${BASE32}
breaks: nothing
tests: packages/crypto/src/base32.test.ts
- const BITS_A_LETTER = 5;
+ const BITS_A_LETTER = ;
`;

const faults = parseFaults("sample", FAULTS);
const [caught, survives, broken] = faults as [
  (typeof faults)[number],
  (typeof faults)[number],
  (typeof faults)[number],
];

test("a list is read with the lines as they stand, and what is no field and no change is named", () => {
  expect(faults.map(({ name }) => name)).toEqual([
    "sample/letters-of-four-bits",
    "sample/two-lines-as-before",
    "sample/no-source",
  ]);
  expect(survives.from).toBe("const BITS_A_LETTER = 5;\nconst BITS_A_BYTE = 8;");
  expect(survives.to).toBe("const BITS_A_LETTER = 5;\n\nconst BITS_A_BYTE = 8;");
  expect(() => parseFaults("odd", "# one\nfile: x\nwhat\n")).toThrow("odd.faults, line 3");
  expect(() => parseFaults("odd", "# one\nfile: x\nbreaks: y\n- a\n")).toThrow("odd/one needs");
});

test("a fault whose text is gone, is there twice or changes nothing is stale, and fails", () => {
  const stalenessOf = (changes: object) =>
    findStaleness(repositoryFolder, { ...caught, ...changes });
  expect(stalenessOf({})).toBeNull();
  expect(stalenessOf({ from: "no such text" })).toMatch(/no longer stands/);
  expect(stalenessOf({ from: "BITS_A_LETTER" })).toMatch(/stands \d+ times/);
  expect(stalenessOf({ from: caught.to })).toBe("it changes nothing");
  expect(stalenessOf({ tests: ["no/such.test.ts"] })).toBe("no/such.test.ts is not there");
  const verdict = { fault: caught, by: "gone" };
  const { isGood } = summarise([
    { ...verdict, outcome: "caught" },
    { ...verdict, outcome: "stale" },
  ]);
  expect(isGood).toBe(false);
});

test("under 95 % is a failure, and 95 % is not reached by rounding", () => {
  const of = (count: number, outcome: "caught" | "survived") =>
    Array.from({ length: count }, () => ({ fault: caught, by: "a test", outcome }) as const);
  expect(summarise([...of(19, "caught"), ...of(1, "survived")])).toMatchObject({ isGood: true });
  const short = summarise([...of(189, "caught"), ...of(10, "survived")]);
  expect(short.isGood).toBe(false);
  expect(short.text).toContain("189 of 199 caught: 94.9 %");
  expect(short.text).toContain("sample/letters-of-four-bits");
});

test("a seed draws the same faults again, and a name that is none is refused", () => {
  const many = Array.from({ length: 50 }, (_, at) => ({ ...caught, name: `sample/${at}` }));
  const draw = (seed: number) => chooseFaults(many, { only: [], sample: 10, seed });
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(new Set(draw(7)).size).toBe(10);
  expect(() => chooseFaults(many, { only: ["nobody"], sample: null, seed: 1 })).toThrow("nobody");
});

test("faults are planted into a copy alone: one is caught, one survives, one does not load", {
  timeout: 120_000,
}, async () => {
  const source = () => readFileSync(join(repositoryFolder, BASE32), "utf8");
  const before = source();
  using copy = await copyCheckout(repositoryFolder);
  const servers = {
    environment: () => process.env,
    fillTemplate: async () => null,
  };
  const outcomes = [];
  for (const fault of [caught, survives, broken]) {
    const verdict = await judgeFault({ root: copy.root, servers }, fault);
    outcomes.push(verdict.outcome);
    expect(readFileSync(join(copy.root, BASE32), "utf8")).toBe(before);
  }
  expect(outcomes).toEqual(["caught", "survived", "invalid"]);
  expect(source()).toBe(before);
});
