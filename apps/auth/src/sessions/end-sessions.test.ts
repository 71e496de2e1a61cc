import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { ageSession } from "../testing/age-session.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const email = "ada@example.com";

test("the session list shows my own live sessions and which one is this", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  await signUp(world, "eve@example.com");
  const second = await call(world, "POST /login", {
    body: { email, password },
    from: "198.51.100.9",
  });
  const { body } = await call(world, "GET /sessions", { token: second.body.accessToken });
  expect(body.sessions).toMatchObject([
    { isCurrent: true, ipAddress: "198.51.100.9" },
    { isCurrent: false, ipAddress: "192.0.2.7" },
  ]);
  const claims = await call(world, "GET /session", { token: first.accessToken });
  expect(claims.body).toMatchObject({ sub: first.user.id, sid: body.sessions[1].id, amr: ["pwd"] });
});

test("ending one session leaves the others; another's answers 404 (R-40)", async () => {
  await using world = await openWorld();
  const ada = await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const second = (await call(world, "POST /login", { body: { email, password } })).body;
  const { sid } = (await call(world, "GET /session", { token: second.accessToken })).body;

  for (const id of [sid, randomUUID()]) {
    const foreign = await call(world, `DELETE /sessions/${id}`, { token: eve.accessToken });
    expect(foreign.status).toBe(404);
  }
  expect((await call(world, `DELETE /sessions/${sid}`, { token: ada.accessToken })).status).toBe(
    204,
  );
  expect((await call(world, "GET /me", { token: second.accessToken })).status).toBe(401);
  expect((await call(world, "GET /me", { token: ada.accessToken })).status).toBe(200);
  const again = await call(world, `DELETE /sessions/${sid}`, { token: ada.accessToken });
  expect(again.status).toBe(404);
});

test("a session id in another spelling is refused, not a fault of ours", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { sid } = (await call(world, "GET /session", { token })).body;
  for (const id of [`urn:uuid:${sid}`, sid.toUpperCase(), "1", `${sid}0`]) {
    expect((await call(world, `DELETE /sessions/${id}`, { token })).status).toBe(400);
  }
});

test("after signing out nothing of the session works, by bearer and by refresh token (A-17)", async () => {
  await using world = await openWorld();
  const one = await signUp(world);
  expect((await call(world, "POST /logout", { token: one.accessToken })).status).toBe(204);
  const two = (await call(world, "POST /login", { body: { email, password } })).body;
  const out = await call(world, "POST /logout", { body: { refreshToken: two.refreshToken } });
  expect(out.status).toBe(204);
  for (const { accessToken, refreshToken } of [one, two]) {
    for (const url of ["/me", "/session", "/sessions"]) {
      expect((await call(world, `GET ${url}`, { token: accessToken })).status).toBe(401);
    }
    const { body } = await call(world, "POST /refresh", { body: { refreshToken } });
    expect(body.code).toBe("session_ended");
  }
  const { users, sessionAudits } = world.tables;
  expect(await world.db.select().from(users)).toMatchObject([{ sessionCount: 0 }]);
  const audits = await world.db.select().from(sessionAudits);
  expect(audits.filter(({ action }) => action === "ended")).toHaveLength(2);
});

test("another process refuses the session within a second, without Redis telling it (R-38)", async () => {
  await using one = await openWorld();
  await using two = await openWorld({ databaseUrl: one.databaseUrl });
  const { accessToken } = await signUp(one);
  expect((await call(two, "GET /session", { token: accessToken })).status).toBe(200);
  await call(one, "POST /logout-all", { token: accessToken });
  const endedAt = performance.now();
  while ((await call(two, "GET /session", { token: accessToken })).status !== 401) {
    expect(performance.now() - endedAt).toBeLessThan(1_000);
    await sleep(20);
  }
});

test("a restart forgets no revocation (R-37, A-16)", async () => {
  await using world = await openWorld();
  const { accessToken, refreshToken } = await signUp(world);
  await call(world, "POST /logout", { token: accessToken });
  await using restarted = await openWorld({ databaseUrl: world.databaseUrl });
  expect((await call(restarted, "GET /session", { token: accessToken })).status).toBe(401);
  const refreshed = await call(restarted, "POST /refresh", { body: { refreshToken } });
  expect(refreshed.status).toBe(401);
});

test("ending others needs a sign-in of the last 15 minutes; ending my own does not (R-40)", async () => {
  await using world = await openWorld();
  const { refreshToken, deviceToken } = await signUp(world);
  const second = (await call(world, "POST /login", { body: { email, password, deviceToken } }))
    .body;
  const { sid } = (await call(world, "GET /session", { token: second.accessToken })).body;
  const { accessToken: token } = await ageSession(world, refreshToken, 901);
  for (const line of [`DELETE /sessions/${sid}`, "POST /logout-all"]) {
    const answer = await call(world, line, { token });
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  }
  expect((await call(world, "GET /me", { token: second.accessToken })).status).toBe(200);
  const fresh = (await call(world, "POST /step-up", { token, body: { password } })).body;
  expect((await call(world, `DELETE /sessions/${sid}`, { token: fresh.accessToken })).status).toBe(
    204,
  );
  expect((await call(world, "GET /me", { token: second.accessToken })).status).toBe(401);

  const own = await ageSession(world, fresh.refreshToken, 901);
  const claims = (await call(world, "GET /session", { token: own.accessToken })).body;
  const ended = await call(world, `DELETE /sessions/${claims.sid}`, { token: own.accessToken });
  expect(ended.status).toBe(204);
});
