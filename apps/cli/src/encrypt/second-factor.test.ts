import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateSecuritySchema } from "@postern/schema/migrate";
import { expect, test } from "vitest";
import { openWorld } from "../testing/open-world.ts";
import { declared } from "../testing/people.ts";
import { statusInPsql, statusInTool } from "../testing/phones.ts";
import { enrol, fillSecrets, openSecrets, SECRETS, secretOf } from "../testing/secrets.ts";

test("secrets move to rows of their own, and plain ones are refused from then on", async () => {
  await using world = await openWorld();
  const { run, sql, url } = world;
  await fillSecrets(world, 1_200);
  await sql`insert into people (totp_secret) values (null)`;
  expect(await run("encrypt", ...SECRETS)).toMatchObject({ code: 0 });
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect(await run("encrypt", "enforce")).toMatchObject({ code: 0 });
  const expected = { stage: "enforce", total: 1_200, encrypted: 1_200, remaining: 0 };
  expect(await statusInTool(world, "totp_secret")).toMatchObject(expected);
  expect(await statusInPsql(world, "totp_secret")).toMatchObject(expected);
  const secrets = await openSecrets(world);
  expect(secrets.size).toBe(1_200);
  expect(secrets.get(17)).toBe(secretOf(17));

  const planted = sql`update people set totp_secret = 'PLANTED234567' where person_no = 17`;
  await expect(planted).rejects.toMatchObject({
    code: "23514",
    message: "Plain text was refused in people.totp_secret.",
  });
  await expect(planted).rejects.not.toThrow(/PLANTED/);
  await migrateSecuritySchema({ databaseUrl: url, exports: declared, roles: null, contract: true });
  expect(await openSecrets(world)).toEqual(secrets);
  await sql`delete from auth.two_factor_auth where user_id = 17`;
  await sql`update people set orders = 2 where person_no = 18`;
});

test("an old app that changes or clears a secret and a service that writes a factor are both obeyed", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillSecrets(world, 6);
  await run("encrypt", ...SECRETS);
  await sql`update people set totp_secret = 'CHANGED234567' where person_no = 1`;
  await sql`update people set totp_secret = null where person_no = 2`;
  await (await enrol(world, 3, "ENROLLED23456")).confirm();
  await sql`delete from auth.two_factor_auth where user_id = 4`;
  await sql`delete from people where person_no = 5`;
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect([...(await openSecrets(world))]).toEqual([
    [1, "CHANGED234567"],
    [3, "ENROLLED23456"],
    [6, secretOf(6)],
  ]);
  expect(await sql`select totp_secret from people where person_no in (3, 4) order by 1`).toEqual([
    { totp_secret: null },
    { totp_secret: null },
  ]);
});

test("a secret that waits to be confirmed takes the place of none that is in use", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillSecrets(world, 2);
  await run("encrypt", ...SECRETS);
  await sql`delete from auth.two_factor_auth where user_id = 1`;
  await sql`update people set totp_secret = ${secretOf(1)} where person_no = 1`;
  await enrol(world, 1, "WAITING234567");
  expect(await sql`select totp_secret from people where person_no = 1`).toEqual([
    { totp_secret: secretOf(1) },
  ]);
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect((await openSecrets(world)).get(1)).toBe(secretOf(1));
});

test("who writes both at once says so, and both are kept", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillSecrets(world, 1);
  await run("encrypt", ...SECRETS);
  await enrol(world, 1, "BOTHATONCE234");
  await sql.begin(async (tx) => {
    await tx`select set_config('postern.resealing', 'on', true)`;
    await tx`update auth.two_factor_auth set confirmed_at = now() where user_id = 1`;
    await tx`update people set totp_secret = 'BOTHATONCE234' where person_no = 1`;
  });
  expect(await sql`select totp_secret from people`).toEqual([{ totp_secret: "BOTHATONCE234" }]);
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
});

test("a secret that changed while nobody watched is sealed anew when somebody begins again", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillSecrets(world, 3);
  await run("encrypt", ...SECRETS);
  await sql`update auth.two_factor_auth set backup_code_hashes = '{a}' where user_id = 1`;
  for (const _ of "123") await run("encrypt", "rollback");
  expect([...(await openSecrets(world)).keys()]).toEqual([1]);
  await sql`update people set totp_secret = 'MEANWHILE2345' where person_no = 1`;
  expect(await run("encrypt", ...SECRETS)).toMatchObject({ code: 0 });
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect((await openSecrets(world)).get(1)).toBe("MEANWHILE2345");
});

const OLD_FORMAT = `
  const KEY = 7;
  const turn = (text) => [...text].map((c) => String.fromCharCode(c.charCodeAt(0) ^ KEY)).join("");
  export const open = (value) => {
    if (!value.startsWith("enc:")) throw new Error("not ours: " + value);
    return turn(Buffer.from(value.slice(4), "base64").toString());
  };
  export const seal = (value) => "enc:" + Buffer.from(turn(value)).toString("base64");
`;

test("what an older system sealed in its own format is opened by its own code, both ways", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  using folder = temporaryFolder();
  const opener = join(folder.path, "old-format.mjs");
  writeFileSync(opener, OLD_FORMAT);
  const old = await import(opener);
  await sql`insert into people (totp_secret) values (${old.seal(secretOf(1))}), (${old.seal(secretOf(2))}), ('other:CANARY')`;

  const started = await run("encrypt", ...SECRETS, "--opener", opener);
  expect(started).toMatchObject({ code: 1, out: "" });
  expect(started.err).toContain("row 3 was refused by the opener");
  expect(started.err).not.toContain("CANARY");
  expect(await run("encrypt", "verify")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/was begun with --opener: give it again/),
  });
  expect(await run("encrypt", "enforce", "--skip-invalid", "--opener", opener)).toMatchObject({
    code: 0,
  });
  expect([...(await openSecrets(world)).values()]).toEqual([secretOf(1), secretOf(2)]);

  await (await enrol(world, 2, "FRESH23456789")).confirm();
  for (const _ of "1234") {
    expect(await run("encrypt", "rollback", "--opener", opener)).toMatchObject({ code: 0 });
  }
  const back = await sql`select totp_secret as text from people order by person_no`;
  expect(back.map(({ text }) => text)).toEqual([
    old.seal(secretOf(1)),
    old.seal("FRESH23456789"),
    "other:CANARY",
  ]);
});

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "postern-opener-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
