import { listenWorld } from "@postern/auth/testing/listen-world";
import { expect, test } from "vitest";
import { ada, letTokenEnd, openStorage, watchClient } from "./testing/watched-client.ts";

test("a proxy's own 401 on the way to the service ends no session (R-81)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  let isClosed = true;
  const { client, ends } = watchClient(world, {
    storage,
    fetch: async (request) => {
      if (isClosed && request.url.endsWith("/refresh")) {
        return new Response("Proxy authentication required", { status: 401 });
      }
      return fetch(request);
    },
  });
  await client.signUp(ada);
  await letTokenEnd(storage);
  await expect(client.getAccount()).rejects.toMatchObject({ code: "unexpected_answer" });
  await expect(client.isSignedIn()).rejects.toMatchObject({ status: 401 });
  isClosed = false;
  expect(await client.isSignedIn()).toBe(true);
  expect(ends).toEqual([]);
});
