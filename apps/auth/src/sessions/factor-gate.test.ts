import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { call, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { ada, openAccount, stopClock } from "../two-factor/testing/factors.ts";
import { totpCode } from "../two-factor/testing/totp-code.ts";

afterEach(() => vi.useRealTimers());

test.for([
  { method: "totp", methods: ["backup_code", "totp"] },
  { method: "email", methods: ["backup_code", "email"] },
])(
  "a sign-in that waits while $method is being confirmed must pass the second step (R-39, A-06)",
  async ({ method, methods }) => {
    stopClock();
    await using world = await openWorld();
    const { accessToken: other } = (await openAccount(world)) as { accessToken: string };
    const { accessToken: token } = (await login(world)).body;
    const { body } = await call(world, `POST /2fa/${method}/enroll`, { token });
    const code = body.secret ? totpCode(body.secret) : await readCode(world, body.challengeId);

    const { refreshTokens } = world.tables;
    const held = await world.owner.transaction(async (owner) => {
      // Confirming ends the other session, and so stands still after the factor is on.
      const { sid } = JSON.parse(Buffer.from(other.split(".")[1]!, "base64url").toString());
      await owner.select().from(refreshTokens).where(eq(refreshTokens.familyId, sid)).for("update");
      const confirmed = call(world, `POST /2fa/${method}/confirm`, { token, body: { code } });
      await untilWaiting(world, 1);
      const answer = login(world);
      await untilWaiting(world, 2);
      return { confirmed, answer };
    });
    expect((await held.confirmed).status).toBe(200);
    expect((await held.answer).body).toMatchObject({ twoFactorRequired: true, methods });
  },
);

const login = (world: World) => call(world, "POST /login", { body: ada });

async function untilWaiting(world: World, most: number): Promise<void> {
  const waits = sql`select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  while ((await world.owner.execute(waits)).length < most) {
    await sleep(5);
  }
}
