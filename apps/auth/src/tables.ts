import { bindDefaultTables } from "@postern/schema";

/** Every table this service touches, bound to one users table. Nothing else names a table. */
export type Tables = ReturnType<typeof bindTables>;

/** The id of an account. Use cases pass it on and never look inside. */
export type UserId = Tables["users"]["$inferSelect"]["id"];

export const bindTables = (databaseSchema: string) => bindDefaultTables(databaseSchema);
