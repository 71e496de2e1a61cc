import { openMessage } from "@postern/messages";
import { inArray } from "drizzle-orm";
import { expect, test } from "vitest";
import { givePhone, phone, sendFor, signUpVerified } from "../one-time-codes/testing/accounts.ts";
import { call, password, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const noticesOf = async (world: World) => {
  const log = world.tables.emailDeliveryLog;
  const notices = ["new_device", "sign_in_after_failures"];
  const rows = await world.db.select().from(log).where(inArray(log.template, notices));
  return rows.map((row) => ({
    template: row.template,
    ...openMessage(world, row as Parameters<typeof openMessage>[1]),
  }));
};

const login = (world: World, body: object = {}, from = "192.0.2.7") =>
  call(world, "POST /login", {
    body: { email, password, ...body },
    headers: { "user-agent": firefox },
    from,
  });

test("a sign-in from a new device tells the owner, in our words and with a masked address; a known one does not (R-16)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUpVerified(world);
  expect((await login(world, { deviceToken })).status).toBe(200);
  expect(await noticesOf(world)).toEqual([]);
  expect((await login(world)).status).toBe(200);
  expect((await login(world, {}, "2001:db8:1:2::7")).status).toBe(200);
  const notices = await noticesOf(world);
  expect(notices).toMatchObject([
    { to: email, variables: { device: "Firefox on Linux", address: "192.0.2.0/24" } },
    { to: email, variables: { device: "Firefox on Linux", address: "2001:db8:1:2::/64" } },
  ]);
});

test("a success after three failures tells the owner how many there were, once (R-16)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUpVerified(world);
  const fail = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      expect((await login(world, { password: "wrong" })).status).toBe(401);
    }
  };
  await fail(2);
  await login(world, { deviceToken });
  expect(await noticesOf(world)).toEqual([]);
  await fail(3);
  await login(world, { deviceToken });
  await login(world, { deviceToken });
  expect(await noticesOf(world)).toMatchObject([
    { template: "sign_in_after_failures", to: email, variables: { failures: "3" } },
  ]);
});

test.for([
  { channel: "email", identifier: { email } },
  { channel: "sms", identifier: { phone } },
])(
  "a sign-in by code over $channel tells the same address of both (R-16)",
  async ({ channel, identifier }) => {
    await using world = await openWorld();
    const { user } = await signUpVerified(world);
    await givePhone(world, user.id);
    for (let time = 0; time < 3; time += 1) {
      await login(world, { password: "wrong" });
    }
    const challengeId = await sendFor(world, {
      body: { purpose: "sign_in", channel, ...identifier },
    });
    const code = await readCode(world, challengeId);
    const answer = await call(world, "POST /otp/verify", { body: { challengeId, code } });
    expect(answer.status).toBe(200);
    expect((await noticesOf(world)).map(({ template, to }) => [template, to])).toEqual([
      ["new_device", email],
      ["sign_in_after_failures", email],
    ]);
  },
);

test("a session that does not start leaves no notice", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  await world.db.update(world.tables.users).set({ disabledAt: new Date() });
  expect((await login(world)).status).toBe(401);
  expect(await noticesOf(world)).toEqual([]);
});
