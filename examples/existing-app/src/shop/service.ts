import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { orderLines, orders } from "./orders.ts";
import { users } from "./users.ts";

export const carriers = pgTable("carriers", {
  id: serial("id").primaryKey(),
  name: text("name").notNull().unique(),
});

export const shipments = pgTable("shipments", {
  id: serial("id").primaryKey(),
  orderId: integer("order_id")
    .notNull()
    .references(() => orders.id),
  carrierId: integer("carrier_id")
    .notNull()
    .references(() => carriers.id),
  sentAt: timestamp("sent_at", { withTimezone: true }),
});

export const shipmentLines = pgTable("shipment_lines", {
  id: serial("id").primaryKey(),
  shipmentId: integer("shipment_id")
    .notNull()
    .references(() => shipments.id, { onDelete: "cascade" }),
  orderLineId: integer("order_line_id")
    .notNull()
    .references(() => orderLines.id),
});

export const supportTickets = pgTable("support_tickets", {
  id: serial("id").primaryKey(),
  userId: integer("user_id")
    .notNull()
    .references(() => users.id),
  subject: text("subject").notNull(),
  openedAt: timestamp("opened_at", { withTimezone: true }).notNull().defaultNow(),
});

export const ticketMessages = pgTable("ticket_messages", {
  id: serial("id").primaryKey(),
  ticketId: integer("ticket_id")
    .notNull()
    .references(() => supportTickets.id, { onDelete: "cascade" }),
  authorId: integer("author_id").references(() => users.id),
  words: text("words").notNull(),
});
