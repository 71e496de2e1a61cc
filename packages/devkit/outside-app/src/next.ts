import { integer, pgTable, serial } from "drizzle-orm/pg-core";
import { orders } from "./app.ts";

/** What the app adds in its next version. */
export const refunds = pgTable("refunds", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id").references(() => orders.id),
});
