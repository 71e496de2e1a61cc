import { randomUUID } from "node:crypto";
import { seal } from "@postern/crypto";
import { totpCode } from "@postern/devkit";
import { createSecuritySchema } from "@postern/schema";
import type { Sealed } from "@postern/schema/sealed";
import { eq, sql } from "drizzle-orm";
import { pgSchema, text, uuid } from "drizzle-orm/pg-core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildServer } from "../server.ts";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import {
  eventTypes,
  firstStep,
  givePhone,
  openAccount,
  stopClock,
  verify,
  withTotp,
} from "./testing/factors.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const PLAIN = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

type Forgery = (world: World, own: { id: string; secret: string }) => Promise<string>;

const forgeries: { name: string; forge: Forgery }[] = [
  {
    name: "another account's secret, copied to this row",
    forge: async (world, { secret }) => place(world, secret, { rowId: randomUUID() }),
  },
  {
    name: "a value sealed for another column of this row",
    forge: async (world, { id, secret }) =>
      place(world, secret, { rowId: id, table: "refresh_tokens", column: "sealed_successor" }),
  },
  {
    name: "a value of another version",
    forge: async (world, own) =>
      rewrite(await sealedFor(world, own), (bytes) => bytes.fill(2, 0, 1)),
  },
  {
    name: "a value under a key that is no more",
    forge: async (world, own) =>
      rewrite(await sealedFor(world, own), (bytes) => bytes.fill(9, 2, 6)),
  },
  {
    name: "a tag cut to 4 bytes",
    forge: async (world, own) =>
      rewrite(await sealedFor(world, own), (bytes) => bytes.subarray(0, -12)),
  },
  {
    name: "one bit turned over",
    forge: async (world, own) =>
      rewrite(await sealedFor(world, own), (bytes) => {
        bytes[20] = (bytes[20] ?? 0) ^ 1;
        return bytes;
      }),
  },
];

test.for(forgeries)(
  "$name opens nothing: an event and no sign-in (R-47, A-35)",
  async ({ forge }) => {
    await using world = await openWorld();
    const { secret } = await withTotp(world);
    const { twoFactorAuth } = world.tables;
    const [row] = await world.db.select().from(twoFactorAuth);
    const forged = await forge(world, { id: row!.id, secret });
    const encryptedSecret = forged as typeof row extends { encryptedSecret: infer S } ? S : never;
    await world.owner.update(twoFactorAuth).set({ encryptedSecret: encryptedSecret as never });
    const { pendingToken } = await firstStep(world);
    const answer = await verify(world, { pendingToken, method: "totp", code: totpCode(secret) });
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_code" } });
    expect(await eventTypes(world)).toEqual(
      expect.arrayContaining(["decrypt_failed", "two_factor_failed"]),
    );
  },
);

test("the secret where it belongs still opens: the forgeries failed for what they changed", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const answer = await verify(world, { pendingToken, method: "totp", code: totpCode(secret) });
  expect(answer.status).toBe(200);
  expect(await eventTypes(world)).not.toContain("decrypt_failed");
});

test("plain text in the sealed column does not fit, and another's sealed number gets no code (A-35, A-36)", async () => {
  await using world = await openWorld({ environment: { SMS_COUNTRIES: "KE" } });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  const { users, twoFactorAuth } = world.tables;
  const encryptedSecret = PLAIN as never;
  const planted = {
    userId: user.id,
    method: "totp",
    encryptedSecret,
    confirmedAt: new Date(),
  } as const;
  await expect(world.owner.insert(twoFactorAuth).values(planted)).rejects.toThrow();
  const place = { table: "users", column: "encrypted_phone_number", rowId: randomUUID() } as const;
  const encryptedPhoneNumber = seal(world.keyRing, "+254722000111", place) as never;
  await world.owner.update(users).set({ encryptedPhoneNumber }).where(eq(users.id, user.id));
  const refused = await call(world, "POST /2fa/sms/enroll", { token });
  expect(refused).toMatchObject({ status: 409, body: { code: "factor_unavailable" } });
  expect(await eventTypes(world)).toContain("decrypt_failed");
});

test.for(["enforce", "contract", null])(
  "a plain secret planted at stage %s neither signs in nor lets the second step out (R-49, A-36)",
  async (stage) => {
    await using world = await openAdopted(stage);
    const { methods, pendingToken } = await firstStep(world);
    expect(methods).toEqual(["totp"]);
    const answer = await verify(world, { pendingToken, method: "totp", code: totpCode(PLAIN) });
    expect(answer).toMatchObject({ status: 401, body: { code: "invalid_code" } });
    expect(await eventTypes(world)).toContain("decrypt_failed");
    expect(await world.db.select().from(world.tables.twoFactorAuth)).toEqual([]);
  },
);

test.for(["expand", "dual", "backfill", "verify"])(
  "at stage %s an app's plain secret still is the factor, once a step, and gets its sealed row (R-49)",
  async (stage) => {
    await using world = await openAdopted(stage);
    const pass = async (steps: number) => {
      const { pendingToken } = await firstStep(world);
      return verify(world, { pendingToken, method: "totp", code: totpCode(PLAIN, steps) });
    };
    expect((await pass(0)).status).toBe(200);
    expect((await pass(0)).status).toBe(401);
    expect((await pass(1)).status).toBe(200);
    const [row] = await world.db.select().from(world.tables.twoFactorAuth);
    expect(row?.encryptedSecret).toMatch(/^pe1\./);
    expect(row?.confirmedAt).not.toBeNull();
    const { rows } = {
      rows: await world.owner.execute(sql`select two_factor_secret from postern.users`),
    };
    expect(rows).toEqual([{ two_factor_secret: PLAIN }]);
  },
);

test("of 30 first uses of a plain secret at once one signs in (R-30)", async () => {
  await using world = await openAdopted("dual");
  const pending = [await firstStep(world), await firstStep(world), await firstStep(world)];
  const code = totpCode(PLAIN);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      verify(world, { pendingToken: pending[at % 3]?.pendingToken, method: "totp", code }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
});

test("a plain secret that is no Base32 is no factor and no fault", async () => {
  await using world = await openAdopted("dual");
  await world.owner.execute(sql`update postern.users set two_factor_secret = 'v1:cipher:text'`);
  const { pendingToken } = await firstStep(world);
  const answer = await verify(world, { pendingToken, method: "totp", code: "123456" });
  expect(answer).toMatchObject({ status: 401, body: { code: "invalid_code" } });
});

const sealedFor = (world: World, { id, secret }: { id: string; secret: string }) =>
  place(world, secret, { rowId: id });

function place(
  world: World,
  secret: string,
  {
    rowId,
    table = "two_factor_auth",
    column = "encrypted_secret",
  }: { rowId: string; table?: string; column?: string },
): Promise<Sealed> {
  return Promise.resolve(seal(world.keyRing, secret, { table, column, rowId }));
}

function rewrite(sealed: string, change: (bytes: Buffer) => Buffer): string {
  return `pe1.${change(Buffer.from(sealed.slice(4), "base64url")).toString("base64url")}`;
}

/** An account of an app that kept its secrets in plain text, and how far their encryption has come. */
async function openAdopted(stage: string | null): Promise<World> {
  const world = await openWorld();
  await openAccount(world);
  const { owner, tables } = world;
  await owner.execute(sql`alter table postern.users add column two_factor_secret text`);
  await owner.execute(sql`update postern.users set two_factor_secret = ${PLAIN}`);
  if (stage) {
    await owner.execute(sql`
      insert into postern_internal.encryptions (schema_name, table_name, column_name, into_schema,
        into_table, into_column, id_column, normalise, stage)
      values ('postern', 'users', 'two_factor_secret', 'postern', 'two_factor_auth',
        'encrypted_secret', 'id', 'none', ${stage})`);
  }
  const app = pgSchema("postern").table("users", {
    id: uuid("id").primaryKey(),
    secret: text("two_factor_secret"),
  });
  const columns = { twoFactorSecret: app.secret };
  const bound = createSecuritySchema({ users: tables.users, schema: "postern", columns });
  const adopted = { ...world, tables: { users: tables.users, ...bound } as typeof tables };
  const server = await buildServer(adopted);
  return {
    ...adopted,
    app: server,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await world[Symbol.asyncDispose]();
    },
  };
}
