import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { securityEvents } from "../index.ts";
import { query } from "../query.ts";
import type { Sealed } from "../sealed.ts";
import { openTables, someSealed } from "../testing/open-tables.ts";
import { makeEncryptionRecords } from "./make-encryption-records.ts";
import { readSealed } from "./read-sealed.ts";

const from = { schema: "public", table: "people", column: "mobile" };
const PLAIN = "CANARY-0722000111";
const SEALED: Sealed<"people", "sealed_mobile"> = someSealed;
const BOTH = ["dual", "backfill", "verify"];
const AFTER = ["enforce", "contract", null];

type World = Awaited<ReturnType<typeof openTables>>;

async function openAt(stage: string | null) {
  const world = await openTables();
  const { db } = world;
  await makeEncryptionRecords({
    unsafe: (statement) => query(db, sql.raw(statement)),
  });
  if (stage) {
    await db.execute(sql`
      insert into postern_internal.encryptions (schema_name, table_name, column_name, into_schema,
        into_table, into_column, id_column, normalise, stage)
      values ('public', 'people', 'mobile', 'public', 'people', 'sealed_mobile', 'id', 'phone', ${stage})`);
  }
  return world;
}

const read = ({ db, userId }: World, plain: string | null, sealed: typeof SEALED | null) =>
  readSealed(db, { securityEvents }, { from, plain, sealed, userId, open: () => "opened" });

const readEvents = ({ db }: World) =>
  db
    .select({
      type: securityEvents.eventType,
      userId: securityEvents.userId,
      metadata: securityEvents.metadata,
    })
    .from(securityEvents);

test("before both are kept plain text is the value", async () => {
  await using world = await openAt("expand");
  expect(await read(world, PLAIN, null)).toBe(PLAIN);
  expect(await read(world, PLAIN, SEALED)).toBe(PLAIN);
  expect(await read(world, null, SEALED)).toBe("opened");
});

test.for(BOTH)(
  "at %s the sealed value is, and plain text where there is none yet",
  async (stage) => {
    await using world = await openAt(stage);
    expect(await read(world, PLAIN, SEALED)).toBe("opened");
    expect(await read(world, PLAIN, null)).toBe(PLAIN);
    expect(await read(world, null, null)).toBeNull();
    expect(await readEvents(world)).toEqual([]);
  },
);

test.for(AFTER)(
  "at %s planted plain text is an error and an event, and never the value",
  async (stage) => {
    await using world = await openAt(stage);
    expect(await read(world, PLAIN, SEALED)).toBe("opened");
    expect(await read(world, null, null)).toBeNull();
    const planted = read(world, PLAIN, null);
    await expect(planted).rejects.toMatchObject({ name: "SealedReadingError" });
    await expect(planted).rejects.not.toThrow(/CANARY/);
    const events = await readEvents(world);
    expect(events).toEqual([
      {
        type: "decrypt_failed",
        userId: world.userId,
        metadata: { ...from, reason: "plain_text" },
      },
    ]);
  },
);

test("plain text in the sealed column, and a value that does not open, are no values at any stage", async () => {
  await using world = await openAt("dual");
  const asSealed = PLAIN as typeof SEALED;
  await expect(read(world, null, asSealed)).rejects.toThrow(/is not sealed as it should be/);
  const closed = readSealed(
    world.db,
    { securityEvents },
    {
      from,
      plain: null,
      sealed: SEALED,
      open: () => {
        throw new Error("no");
      },
    },
  );
  await expect(closed).rejects.toMatchObject({ name: "SealedReadingError" });
  const events = await readEvents(world);
  expect(events.map(({ metadata }) => metadata)).toEqual([
    { ...from, reason: "not_sealed" },
    { ...from, reason: "does_not_open" },
  ]);
});

test("a stage is asked for once a second, and a new one is seen within that", async () => {
  await using world = await openAt("dual");
  expect(await read(world, PLAIN, null)).toBe(PLAIN);
  await world.db.execute(sql`update postern_internal.encryptions set stage = 'enforce'`);
  expect(await read(world, PLAIN, null)).toBe(PLAIN);
  await expect
    .poll(() => read(world, PLAIN, null).catch((error: Error) => error.name), { timeout: 3_000 })
    .toBe("SealedReadingError");
});

test("a database without the records trusts no plain text", async () => {
  await using world = await openTables();
  await world.db.execute(sql`drop schema postern_internal cascade`);
  await expect(read(world, PLAIN, null)).rejects.toMatchObject({ name: "SealedReadingError" });
});
