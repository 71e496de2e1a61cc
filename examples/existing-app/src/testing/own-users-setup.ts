import { OWN_USERS_TEMPLATE, onServer } from "@postern/devkit";
import { openShop } from "../story/open-shop.ts";
import { mountAll } from "./open-mounted.ts";

/**
 * Runs once before the tests of the project own-users: the shop of this folder, with Postern
 * mounted and no customers, as the template that cloneDatabase() copies.
 */
export async function setup(): Promise<void> {
  // biome-ignore lint/style/noProcessEnv: the setup of all projects has left it here.
  const url = process.env.POSTERN_TEST_DATABASE_URL ?? "";
  await onServer(url, `create database ${OWN_USERS_TEMPLATE} template template0`);
  const template = new URL(url);
  template.pathname = `/${OWN_USERS_TEMPLATE}`;
  await openShop(template.href);
  await onServer(template.href, "truncate users restart identity cascade");
  await mountAll(template.href);
  // A database cannot be copied while anybody is connected to it.
  await onServer(url, `alter database ${OWN_USERS_TEMPLATE} with allow_connections false`);
}
