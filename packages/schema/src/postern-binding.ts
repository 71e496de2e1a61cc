import { bind } from "./binding.ts";
import { postern } from "./postern.ts";
import { posternUsers } from "./tables/users.ts";

/** What the tables and views of the default binding hang from. */
export const posternBinding = bind({ users: posternUsers, home: postern });
