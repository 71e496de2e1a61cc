import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

test("my events come newest first, page by page, and none of another's", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const wrong = { email: "ada@example.com", password: "not the right password" };
  await call(world, "POST /login", { body: wrong, from: "198.51.100.9" });
  await call(world, "POST /login", { body: { ...wrong, password } });

  const all = (await call(world, "GET /events", { token })).body;
  expect(all.nextCursor).toBe(null);
  expect(all.events.map(({ type }: { type: string }) => type)).toEqual(
    expect.arrayContaining([
      "signup_success",
      "failed_login_attempt",
      "login_success",
      "new_device",
    ]),
  );
  expect(
    all.events.find((it: { type: string }) => it.type === "failed_login_attempt"),
  ).toMatchObject({
    severity: "medium",
    ipAddress: "198.51.100.9",
    sessionId: null,
  });
  const times = all.events.map(({ at }: { at: string }) => at);
  expect(times).toEqual([...times].sort().reverse());

  const paged = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = cursor === "" ? "" : `&cursor=${cursor}`;
    const { body, status } = await call(world, `GET /events?limit=2${query}`, { token });
    expect(status).toBe(200);
    expect(body.events.length).toBeLessThanOrEqual(2);
    paged.push(...body.events);
    cursor = body.nextCursor;
  }
  expect(paged).toEqual(all.events);

  const others = (await call(world, "GET /events", { token: eve.accessToken })).body.events;
  const ids = new Set(all.events.map(({ id }: { id: string }) => id));
  expect(others.filter(({ id }: { id: string }) => ids.has(id))).toEqual([]);
  expect((await call(world, "GET /events")).status).toBe(401);
  for (const query of ["cursor=x", "cursor=1-1%27", "limit=0", "limit=101", "userId=1"]) {
    expect((await call(world, `GET /events?${query}`, { token })).status).toBe(400);
  }
});
