import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "./open-world.ts";
import { phoneOf } from "./phones.ts";

const PAUSE_MILLISECONDS = 2;
const REFUSED = "23514";
/** Beyond the numbers that people were given at first. */
const FRESH_NUMBERS_FROM = 5_000_000;

export type OldApp = AsyncDisposable & {
  /** What it last wrote for each person; null where it took the number away. */
  readonly phones: ReadonlyMap<number, string | null>;
  readonly refused: () => number;
  readonly written: () => number;
  readonly stop: () => Promise<void>;
};

/** An app that knows the plain column alone and goes on inserting, changing and clearing numbers. */
export async function startOldApp({ sql }: World): Promise<OldApp> {
  const rows = await sql<{ id: number; mobile: string | null }[]>`
    select person_no as id, mobile from people`;
  const phones = new Map(rows.map(({ id, mobile }) => [id, mobile]));
  let isOn = true;
  let refused = 0;
  let written = 0;
  const write = async (n: number): Promise<void> => {
    const phone = phoneOf(FRESH_NUMBERS_FROM + n);
    const someone = [...phones.keys()][Math.floor(Math.random() * phones.size)] ?? 0;
    if (n % 3 === 0) {
      const [row] = await sql`insert into people (mobile) values (${phone}) returning person_no`;
      phones.set(row?.person_no, phone);
    } else {
      const mobile = n % 10 === 1 ? null : phone;
      await sql`update people set mobile = ${mobile}, orders = orders + 1 where person_no = ${someone}`;
      phones.set(someone, mobile);
    }
    written += 1;
  };
  const going = (async () => {
    for (let n = 1; isOn; n += 1) {
      await write(n).catch((error: { code?: string }) => {
        if (error.code !== REFUSED) throw error;
        refused += 1;
      });
      await sleep(PAUSE_MILLISECONDS);
    }
  })();
  const stop = async () => {
    isOn = false;
    await going;
  };
  return {
    phones,
    refused: () => refused,
    written: () => written,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** The same phones as they are sealed. */
export const sealedForm = (phones: OldApp["phones"]): Map<number, string | null> =>
  new Map(
    [...phones]
      .toSorted(([one], [other]) => one - other)
      .map(([id, phone]) => [id, phone && `+254${phone.slice(1)}`]),
  );
