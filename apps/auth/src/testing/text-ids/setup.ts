import { makeTemplate, onServer } from "@postern/devkit";
import { migrateSecuritySchema } from "@postern/schema/migrate";
import { pushSecuritySchema } from "@postern/schema/push";
import * as tables from "./tables.ts";

/** As the app itself made it; see users.ts. */
const USERS = `
  create table "user" (
    id text primary key default 'app|' || replace(gen_random_uuid()::text, '-', ''),
    email text not null,
    name text not null,
    role text not null default 'user',
    password_hash text,
    created_at timestamptz not null default now(),
    email_verified_at timestamptz,
    phone_verified_at timestamptz,
    user_type varchar(64) not null default 'user',
    disabled_at timestamptz,
    updated_at timestamptz not null default now()
  );
  create unique index user_email_lower on "user" (lower(email))`;

/** Runs once before the tests of the project text-ids, and makes the template that they copy. */
export const setup = (): Promise<void> =>
  makeTemplate("text_ids_template", async (databaseUrl) => {
    await onServer(databaseUrl, USERS);
    const app = { databaseUrl, exports: tables };
    await pushSecuritySchema(app);
    await migrateSecuritySchema({ ...app, to: "026" });
    await pushSecuritySchema(app);
  });
