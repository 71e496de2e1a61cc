import { eq, ne, sql } from "drizzle-orm";
import {
  bigint,
  index,
  integer,
  numeric,
  pgEnum,
  pgSequence,
  pgTable,
  pgView,
  serial,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { products } from "./catalogue.ts";
import { users } from "./users.ts";

export const orderStatus = pgEnum("order_status", ["placed", "paid", "sent", "cancelled"]);

/** The numbers that customers see. */
export const orderNumbers = pgSequence("order_numbers", { startWith: 1000 });

export const carts = pgTable("carts", {
  id: serial("id").primaryKey(),
  userId: integer("user_id").references(() => users.id, { onDelete: "cascade" }),
  openedAt: timestamp("opened_at", { withTimezone: true }).notNull().defaultNow(),
});

export const cartItems = pgTable("cart_items", {
  id: serial("id").primaryKey(),
  cartId: integer("cart_id")
    .notNull()
    .references(() => carts.id, { onDelete: "cascade" }),
  productId: integer("product_id")
    .notNull()
    .references(() => products.id),
  quantity: integer("quantity").notNull().default(1),
});

export const orders = pgTable(
  "orders",
  {
    id: serial("id").primaryKey(),
    number: bigint("number", { mode: "number" })
      .notNull()
      .default(sql`nextval('order_numbers'::regclass)`),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id),
    status: orderStatus("status").notNull().default("placed"),
    placedAt: timestamp("placed_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (t) => [uniqueIndex("orders_number").on(t.number), index("orders_user").on(t.userId, t.placedAt)],
);

export const orderLines = pgTable("order_lines", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id")
    .notNull()
    .references(() => orders.id, { onDelete: "cascade" }),
  productId: integer("product_id")
    .notNull()
    .references(() => products.id),
  quantity: integer("quantity").notNull(),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});

export const payments = pgTable("payments", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id")
    .notNull()
    .references(() => orders.id),
  method: text("method").notNull(),
  reference: text("reference"),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});

export const refunds = pgTable("refunds", {
  id: serial("id").primaryKey(),
  paymentId: integer("payment_id")
    .notNull()
    .references(() => payments.id),
  amount: numeric("amount", { precision: 12, scale: 2 }).notNull(),
});

export const coupons = pgTable("coupons", {
  id: serial("id").primaryKey(),
  code: text("code").notNull().unique(),
  percentOff: integer("percent_off").notNull(),
});

export const couponUses = pgTable("coupon_uses", {
  id: serial("id").primaryKey(),
  couponId: integer("coupon_id")
    .notNull()
    .references(() => coupons.id),
  orderId: integer("order_id")
    .notNull()
    .references(() => orders.id),
});

/** What the packing table looks at. */
export const openOrders = pgView("open_orders").as((query) =>
  query
    .select({ number: orders.number, fullName: users.fullName, status: orders.status })
    .from(orders)
    .innerJoin(users, eq(users.id, orders.userId))
    .where(ne(orders.status, "cancelled")),
);
