import { onServer } from "@postern/devkit";
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
export async function setup(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: the setup of all projects has left it here.
  const url = process.env.POSTERN_TEST_DATABASE_URL ?? "";
  await onServer(url, "create database text_ids_template template template0");
  const template = new URL(url);
  template.pathname = "/text_ids_template";
  await onServer(template.href, USERS);
  const app = { databaseUrl: template.href, exports: tables };
  await pushSecuritySchema(app);
  await migrateSecuritySchema({ ...app, to: "026" });
  await pushSecuritySchema(app);
  // A database cannot be copied while anybody is connected to it.
  await onServer(url, "alter database text_ids_template with allow_connections false");
}
