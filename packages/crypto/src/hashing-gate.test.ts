import { expect, test } from "vitest";
import { createHashingGate, HashingBusyError } from "./hashing-gate.ts";
import { createPasswordHasher } from "./password.ts";

/** Work that ends when it is told to. */
function createWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const work = (name: string) => () => {
    begun.push(name);
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return end.promise;
  };
  return { work, begun, end: (name: string) => ends.get(name)! };
}

test("with one place and two that may wait, the fourth at once is refused and three finish", async () => {
  const hasher = createPasswordHasher({ concurrency: 1, queueMax: 2 });
  const answers = await Promise.allSettled(["a", "b", "c", "d"].map((text) => hasher.hash(text)));
  expect(answers.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "fulfilled",
    "rejected",
  ]);
  const refusal = (answers[3] as PromiseRejectedResult).reason;
  expect(refusal).toBeInstanceOf(HashingBusyError);
  expect(refusal).toMatchObject({ retryAfterSeconds: 1 });
  expect(await hasher.hash("e")).toMatch(/^\$argon2id\$/);
});

test("hashing and verifying share their places", async () => {
  const hasher = createPasswordHasher({ concurrency: 1, queueMax: 0 });
  const hashing = hasher.hash("a");
  await expect(hasher.verify(null, "a")).rejects.toBeInstanceOf(HashingBusyError);
  await hashing;
  expect(await hasher.verify(null, "a")).toMatchObject({ matches: false });
});

test("those that wait go in the order they came, and no newcomer slips in before them", async () => {
  const gate = createHashingGate({ concurrency: 1, queueMax: 9 });
  const { work, begun, end } = createWork();
  const answers = ["first", "second"].map((name) => gate(work(name)));
  await settle();
  expect(begun).toEqual(["first"]);

  end("first").resolve("done");
  // One newcomer at each step of the hand-over.
  for (let step = 0; step < 7; step += 1) {
    answers.push(gate(work(`newcomer ${step}`)));
    await Promise.resolve();
  }
  for (let turn = 1; turn < answers.length; turn += 1) {
    await settle();
    expect(begun).toHaveLength(turn + 1);
    end(begun[turn]!).resolve("done");
  }
  await Promise.all(answers);
  expect(begun.slice(1, 4)).toEqual(["second", "newcomer 0", "newcomer 1"]);
});

test("work that fails leaves its place like work that succeeds", async () => {
  const gate = createHashingGate({ concurrency: 1, queueMax: 1 });
  const failing = () => Promise.reject(new Error("broken"));
  const throwing = () => {
    throw new Error("broken at once");
  };
  for (let round = 0; round < 5; round += 1) {
    const pair = await Promise.allSettled([gate(failing), gate(throwing)]);
    expect(pair.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  }
  expect(await gate(async () => "free")).toBe("free");
});

test("a flood is refused at once and leaves nothing behind", async () => {
  const gate = createHashingGate({ concurrency: 2, queueMax: 3 });
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await settle();
    running -= 1;
  };
  const flood = await Promise.allSettled(Array.from({ length: 1_000 }, () => gate(work)));
  expect(flood.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
  expect(most).toBe(2);
  expect(await gate(async () => running)).toBe(0);
});

test.for([
  { concurrency: 0, queueMax: 1 },
  { concurrency: 1.5, queueMax: 1 },
  { concurrency: Number.NaN, queueMax: 1 },
  { concurrency: 1, queueMax: -1 },
  { concurrency: 1, queueMax: Number.POSITIVE_INFINITY },
])("the bounds %o are refused", (bounds) => {
  expect(() => createHashingGate(bounds)).toThrow(RangeError);
});

/** Lets every promise that can go on, go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
