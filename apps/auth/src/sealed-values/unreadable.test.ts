import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { callAdmin, signUpAdmin } from "../admin/testing/admins.ts";
import { sealPhone } from "../contacts/phone-at-rest.ts";
import type { UserId } from "../tables.ts";
import { call, readCode, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { givePhone, PHONE } from "../two-factor/testing/factors.ts";

const email = "ada@example.com";
const newPassword = "another battery horse staple";

type Someone = { id: string; token: string };
type Operation = (world: World, someone: Someone) => Promise<{ status: number; body: unknown }>;

const OPERATIONS: Record<string, { run: Operation; status: number }> = {
  "a reset by code": {
    status: 204,
    run: async (world) => {
      const asked = { purpose: "reset_password", channel: "email", email };
      const { challengeId } = (await call(world, "POST /otp/send", { body: asked })).body;
      const code = await readCode(world, challengeId);
      return call(world, "POST /otp/verify", { body: { challengeId, code, newPassword } });
    },
  },
  "an administrator's unlock": {
    status: 200,
    run: async (world, { id }) => {
      const { token } = await signUpAdmin(world);
      return callAdmin(world, `POST /users/${id}/unlock`, { token });
    },
  },
  "an erasure": {
    status: 204,
    run: (world, { token }) => call(world, "DELETE /account", { token }),
  },
  "an export": { status: 200, run: (world, { token }) => call(world, "GET /export", { token }) },
  "a change of phone": {
    status: 202,
    run: (world, { token }) =>
      call(world, "POST /phone/change", { token, body: { phone: "+254712345699" } }),
  },
};

/** Whatever can happen to a ciphertext that the CHECK lets through. */
const MOVES: Record<string, (sealed: string, ofAnother: string) => string> = {
  "moved from another account": (_, ofAnother) => ofAnother,
  "with a bit flipped": (sealed) =>
    `${sealed.slice(0, 40)}${sealed[40] === "A" ? "B" : "A"}${sealed.slice(41)}`,
  cut: (sealed) => sealed.slice(0, -8),
  "under an unknown key": (sealed) => `pe1.AQEAAABj${sealed.slice(12)}`,
};

const CASES = Object.entries(OPERATIONS).flatMap(([name, operation]) =>
  Object.entries(MOVES).map(([how, move]) => ({ name, how, move, ...operation })),
);

test.for(CASES)(
  "$name works with a sealed phone $how, and one event tells (R-89, A-45)",
  async ({ run, status, move }) => {
    await using world = await openWorld();
    const { accessToken: token, user } = await signUp(world, email);
    const other = await signUp(world, "eve@example.com");
    await world.owner.execute(sql`update ${world.tables.users} set email_verified_at = now()`);
    await givePhone(world, user.id);
    const mine = sealPhone(world, user.id as UserId, PHONE).sealedPhone;
    const theirs = sealPhone(world, other.user.id as UserId, "+254712345670").sealedPhone;
    await world.owner.execute(sql`update ${world.tables.users}
    set encrypted_phone_number = ${move(mine, theirs)} where id::text = ${user.id}`);

    const answer = await run(world, { id: user.id, token });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    const events = await world.owner.execute<{ metadata: Record<string, string> }>(sql`
    select metadata from ${world.tables.securityEvents} where event_type = 'decrypt_failed'`);
    expect(events).toHaveLength(1);
    expect(JSON.stringify(events)).toContain(world.usersPlace.phone);
    expect(JSON.stringify(events)).not.toMatch(/pe1\.|\+254/);
  },
);
