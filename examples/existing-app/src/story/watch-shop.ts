import type { Sql } from "postgres";
import { readColumns, readShop, type Shop } from "./read-shop.ts";

/** Names of objects, since the last look: what came, and what is no longer as it was. */
type ShopDifference = { readonly added: string[]; readonly changed: string[] };

export type ShopWatch = {
  readonly tables: number;
  readonly objects: number;
  look(): Promise<ShopDifference>;
};

/** Remembers the shop as it is now, and tells at each look what is different. */
export async function watchShop(sql: Sql): Promise<ShopWatch> {
  const columns = await readColumns(sql);
  let known = await readShop(sql, columns);
  return {
    tables: columns.size,
    objects: known.size,
    look: async () => {
      const before = known;
      known = await readShop(sql, columns);
      return compare(before, known);
    },
  };
}

const compare = (before: Shop, after: Shop): ShopDifference => ({
  added: [...after.keys()].filter((name) => !before.has(name)),
  changed: [...before.keys()].filter((name) => before.get(name) !== after.get(name)),
});
