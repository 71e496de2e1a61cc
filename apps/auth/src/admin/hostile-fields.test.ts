import { afterAll, expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import { callAdmin, signUpAdmin } from "./testing/admins.ts";

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { token } = await signUpAdmin(world);
const ada = await signUp(world);
for (let turn = 0; turn < 3; turn += 1) {
  await call(world, "POST /login", { body: { email: "ada@example.com", password: "wrong" } });
}

/** As sqlmap tries them: every quote, comment, stacked statement, delay, cast and encoding. */
const PAYLOADS = [
  `id"; DROP TABLE postern.users; --`,
  `'; DROP TABLE postern.users; --`,
  `' OR '1'='1`,
  `1 OR 1=1`,
  `1' AND SLEEP(5)--`,
  `1; SELECT pg_sleep(5)--`,
  `1) UNION SELECT password_hash FROM postern.users--`,
  `newest"; select 1; --`,
  `created_at desc, (select 1)`,
  `created_at::text`,
  `$1`,
  `$$; select 1; $$`,
  `\\'; select 1; --`,
  `(select 1 from pg_sleep(5))`,
  `CAST((SELECT version()) AS int)`,
  `%27%20OR%201=1`,
  `%00`,
  `admin'/**/or/**/1=1#`,
  `{"$ne":null}`,
  `${"9".repeat(40)}`,
  "😀".repeat(40),
];

const GET_FIELDS = [
  ["/events", ["type", "severity", "userId", "sessionId", "ipAddress", "sort", "limit", "cursor"]],
  ["/users", ["limit", "cursor", "sort"]],
  ["/overview", ["hours", "sort"]],
  ["/detections", ["hours", "limit", "type"]],
] as const;

test.for(GET_FIELDS)("no query field of %s becomes SQL (A-38)", async ([path, fields]) => {
  for (const field of fields) {
    for (const payload of PAYLOADS) {
      const url = `${path}?${field}=${encodeURIComponent(payload)}`;
      const startedAt = performance.now();
      const { status, body } = await callAdmin(world, `GET ${url}`, { token });
      expect(performance.now() - startedAt, url).toBeLessThan(3_000);
      expect([200, 400], url).toContain(status);
      if (status === 200) {
        expect(body.events ?? body.users ?? [], url).toEqual([]);
      }
    }
  }
});

test("no body field, path or header becomes SQL (A-38)", async () => {
  for (const payload of PAYLOADS) {
    const answers = await Promise.all([
      callAdmin(world, "POST /users/search", { token, body: { email: payload } }),
      callAdmin(world, "POST /users/search", { token, body: { phone: payload } }),
      callAdmin(world, "POST /users/search", {
        token,
        body: { email: "a@b.example", sort: payload },
      }),
      callAdmin(world, "POST /deliveries", { token, body: { to: payload } }),
      callAdmin(world, "POST /deliveries", { token, body: { to: [payload] } }),
      callAdmin(world, `GET /users/${encodeURIComponent(payload)}`, { token }),
      callAdmin(world, `POST /users/${encodeURIComponent(payload)}/disable`, { token }),
      callAdmin(world, `POST /users/${ada.user.id}/${encodeURIComponent(payload)}`, { token }),
      callAdmin(world, `POST /users/${ada.user.id}/disable`, { token, body: { sort: payload } }),
      callAdmin(world, "GET /events/stream", { token, headers: { "last-event-id": "1; select" } }),
    ]);
    for (const { status } of answers) {
      expect([400, 404, 405]).toContain(status);
    }
  }
  expect((await callAdmin(world, `GET /users/${ada.user.id}`, { token })).body.disabledAt).toBe(
    null,
  );
});

test("the filters filter, and the two orders are each other's reverse", async () => {
  const read = async (query: string) => {
    const { status, body } = await callAdmin(world, `GET /events?limit=100&${query}`, { token });
    expect(status, query).toBe(200);
    return body.events as { id: string; type: string; severity: string; userId: string }[];
  };
  const all = await read("");
  expect(await read("sort=oldest")).toEqual(all.toReversed());
  const failures = await read("type=failed_login_attempt");
  expect(failures).toHaveLength(3);
  expect(await read("type=failed_login_attempt&sort=oldest")).toEqual(failures.toReversed());
  const ofAda = await read(`userId=${ada.user.id}&severity=medium&ipAddress=192.0.2.7`);
  expect(
    ofAda.every(({ userId, severity }) => userId === ada.user.id && severity === "medium"),
  ).toBe(true);
  expect(ofAda.length).toBeGreaterThan(2);
  expect(await read("ipAddress=2001:db8::1")).toEqual([]);

  for (const query of ["", "type=failed_login_attempt&"]) {
    const paged = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const go = cursor === "" ? "" : `&cursor=${cursor}`;
      const { body } = await callAdmin(world, `GET /events?${query}limit=2${go}`, { token });
      paged.push(...body.events);
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(query === "" ? all : failures);
  }
});

test("detections are those of the last hours, and nothing else", async () => {
  const { securityEvents } = world.tables;
  await world.db.insert(securityEvents).values([
    { eventType: "brute_force_detected", severity: "high", metadata: { failures: 5 } },
    {
      eventType: "credential_stuffing_detected",
      severity: "critical",
      createdAt: new Date(Date.now() - 3 * 3_600_000),
    },
  ]);
  const read = async (query: string) =>
    (await callAdmin(world, `GET /detections?${query}`, { token })).body.detections.map(
      ({ type }: { type: string }) => type,
    );
  expect(await read("hours=1")).toEqual(["brute_force_detected"]);
  expect(await read("hours=24")).toEqual(["brute_force_detected", "credential_stuffing_detected"]);
  expect(await read("hours=24&limit=1")).toEqual(["brute_force_detected"]);
});
