import {
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "@postern/schema";
import {
  integer,
  numeric,
  pgEnum,
  pgTable,
  serial,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";

export const orderStates = pgEnum("order_state", ["open", "paid", "sent"]);

export const users = pgTable(
  "users",
  {
    id: integer("id").primaryKey().generatedByDefaultAsIdentity(),
    email: text("email").notNull(),
    passwordHash: text("password_hash"),
    ...userSecurityColumns(),
    ...userEncryptedColumns(),
  },
  (t) => [
    uniqueIndex("users_email_key").on(t.email),
    ...userSecurityRules("users", t),
    ...userEncryptedRules("users", t),
  ],
);

export const products = pgTable("products", {
  id: serial("id").primaryKey(),
  name: text("name").notNull(),
  price: numeric("price", { precision: 10, scale: 2 }).notNull(),
});

export const orders = pgTable("orders", {
  id: serial("id").primaryKey(),
  userId: integer("user_id")
    .notNull()
    .references(() => users.id),
  productId: integer("product_id")
    .notNull()
    .references(() => products.id),
  state: orderStates("state").notNull().default("open"),
  orderedAt: timestamp("ordered_at", { withTimezone: true }).notNull().defaultNow(),
});

/** Empty: what the kits would drop without asking, if they took it for a stranger's. */
export const invoices = pgTable("invoices", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id").references(() => orders.id),
});
