import { expect, test } from "vitest";
import { openWorld } from "../testing/open-world.ts";

test("a shop that nobody touched is as it was", async () => {
  await using world = await openWorld();
  expect(world.story.shop.tables).toBe(33);
  expect(await world.story.shop.look()).toEqual({ added: [], changed: [] });
});

test.for([
  ["a row", "update brands set name = name where id = 1", "rows of brands"],
  ["a default", "alter table users alter is_blocked drop default", "column users.is_blocked"],
  [
    "a rule",
    "alter table reviews drop constraint reviews_stars",
    "constraint reviews.reviews_stars",
  ],
  ["an index", "drop index orders_user", "index orders_user"],
  [
    "the view",
    "create or replace view open_orders as select number, null::text as full_name, status from orders",
    "view open_orders",
  ],
  [
    "the trigger",
    "drop trigger stock_movements_count on stock_movements",
    "trigger stock_movements.stock_movements_count",
  ],
  ["the function", "drop function count_stock cascade", "function count_stock()"],
  ["the enum", "alter type order_status add value 'lost'", "type order_status"],
  ["the sequence", "select nextval('order_numbers')", "sequence at order_numbers"],
  ["a grant", "grant select on users to public", "grants on users"],
  ["a new table", "create table strangers (id int)", "relation strangers"],
] as const)("a change of %s is seen", async ([, statement, name]) => {
  await using world = await openWorld();
  await world.sql.unsafe(statement);
  const { added, changed } = await world.story.shop.look();
  expect([...added, ...changed]).toContain(name);
  expect(await world.story.shop.look()).toEqual({ added: [], changed: [] });
});
