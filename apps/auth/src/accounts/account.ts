import { isoTime } from "../iso-time.ts";
import type { UserId } from "../tables.ts";

/** An account as its owner sees it. */
export type UserView = {
  id: string;
  email: string;
  name: string | null;
  userType: string;
  emailVerified: boolean;
  createdAt: string;
};

/** The columns of `userColumns` as PostgreSQL gives them: times in seconds since 1970. */
export type UserRow = {
  id: UserId;
  email: string;
  name: string | null;
  user_type: string;
  email_verified: boolean;
  created_at: number;
};

/** The select list that makes a UserRow, for statements in which the users table is `u`. */
export const USER_COLUMNS = `u.id, u.email, u.name, u.user_type,
  u.email_verified_at is not null as email_verified,
  extract(epoch from u.created_at)::float8 as created_at`;

export const toUserView = (row: UserRow): UserView => ({
  id: String(row.id),
  email: row.email,
  name: row.name,
  userType: row.user_type,
  emailVerified: row.email_verified,
  createdAt: isoTime(row.created_at),
});
