import { call, password, signUp } from "@postern/auth/testing/client";
import { readLink } from "@postern/auth/testing/read-link";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDeployment } from "../testing/open-deployment.ts";

const email = "root@example.com";

const overview = async (
  { app }: Awaited<ReturnType<typeof openDeployment>>["auth"],
  token: string,
) => {
  const headers = { authorization: `Bearer ${token}` };
  return (await app.inject({ method: "GET", url: "/api/admin/overview", headers })).statusCode;
};

test("a new administrator sets the password by mail; none is printed, and none exists before (R-17, R-18)", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const { code, out, err } = await world.run("admin", "create", "--email", email);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const link = await readLink(auth);
  expect(out).not.toContain(link);
  expect(out.length).toBeLessThan(100);
  const [account] = await auth.owner.select().from(auth.tables.users);
  expect(account).toMatchObject({ email, role: "admin", passwordHash: null });
  expect((await call(auth, "POST /login", { body: { email, password } })).status).toBe(401);

  const reset = { body: { token: link, newPassword: password } };
  expect((await call(auth, "POST /password/reset", reset)).status).toBe(204);
  const { body } = await call(auth, "POST /login", { body: { email, password } });
  expect(await overview(auth, body.accessToken)).toBe(200);

  const again = await world.run("admin", "create", "--email", email);
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining("already") });
  const log = auth.tables.securityEvents;
  const events = await auth.db.select().from(log).where(eq(log.eventType, "role_changed"));
  expect(events.map(({ metadata }) => metadata)).toEqual([{ actor: "operator", role: "admin" }]);
});

test("an account whose address nobody proved is not promoted (A-01)", async () => {
  await using world = await openDeployment();
  const { auth } = world;
  const { accessToken } = await signUp(auth, email);
  const refused = await world.run("admin", "create", "--email", email);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("proved") });
  expect(await overview(auth, accessToken)).toBe(403);

  await auth.owner.execute(
    sql`update postern.users set email_verified_at = now(), disabled_at = now()`,
  );
  expect((await world.run("admin", "create", "--email", email)).err).toContain("disabled");
  await auth.owner.execute(sql`update postern.users set disabled_at = null`);
  expect(await world.run("admin", "create", "--email", email)).toMatchObject({ code: 0 });
  expect(await overview(auth, accessToken)).toBe(200);
});

test("nobody is an administrator after a push (R-18)", async () => {
  await using world = await openDeployment();
  expect(await world.auth.owner.select().from(world.auth.tables.users)).toEqual([]);
});
