import { makeTemplate, onServer } from "@postern/devkit";
import { openShop } from "../story/open-shop.ts";
import { mountAll } from "./open-mounted.ts";

/**
 * Runs once before the tests of the project own-users: the shop of this folder, with Postern
 * mounted and no customers, as the template that cloneDatabase() copies.
 */
export const setup = (): Promise<void> =>
  makeTemplate("own_users_template", async (url) => {
    await openShop(url);
    await onServer(url, "truncate users restart identity cascade");
    await mountAll(url);
  });
