import { type UsersColumn, usersColumns } from "./users-columns.ts";

/** The view in which an app's users bear our names, for the auth service. */
export const SERVICE_USERS = "postern_users";

/**
 * What a users table need not have: a role, and plain text. Of that no service reads but the second
 * factor, which asks `plainSecondFactor` of @postern/schema/encryption for its column.
 */
const OPTIONAL: readonly UsersColumn[] = ["phoneNumber", "twoFactorSecret", "role"];

/** What the auth service keeps of an account, all of it. */
export const serviceParts = usersColumns.filter((part) => !OPTIONAL.includes(part));
