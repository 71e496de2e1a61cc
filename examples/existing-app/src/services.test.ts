import { startInbox } from "@postern/devkit";
import { bindDefaultTables } from "@postern/schema";
import { pushSecuritySchema } from "@postern/schema/push";
import { expect, test } from "vitest";
import { queueEmail } from "./accounts/queue-email.ts";
import { security } from "./security/binding.ts";
import * as tables from "./security/tables.ts";
import { makeKeys } from "./story/make-keys.ts";
import { openMounted } from "./testing/open-mounted.ts";
import { startService } from "./testing/start-service.ts";

test("the notifier sends what the shop queued, from the shop's own binding", {
  timeout: 60_000,
}, async () => {
  await using world = await openMounted();
  await using inbox = await startInbox();
  const keys = makeKeys();
  await using _notifier = await startService("notifier", {
    DATABASE_URL: world.story.databaseUrl,
    DATABASE_SCHEMA: "security",
    ...keys.environment,
    SMTP_URL: inbox.smtpUrl,
    MAIL_FROM: "Shop <no-reply@shop.example>",
  });

  const id = await queueEmail(world.db, keys, { id: 1, emailAddress: "Wanjiku@Example.com" });
  const mail = await inbox.waitFor({ to: "wanjiku@example.com", timeoutMs: 30_000 });
  expect(mail.code).toMatch(/^\d{6}$/);
  await expect
    .poll(() => world.db.select().from(security.emailDeliveryLog), { timeout: 10_000 })
    .toMatchObject([{ id, userId: 1, status: "sent", sealedPayload: null }]);
});

test("Postern's own users table stands beside the shop's binding, and each is whole", async () => {
  await using world = await openMounted();
  const { databaseUrl } = world.story;
  const ofAuth = { databaseUrl, exports: bindDefaultTables("postern") };
  const ofShop = { databaseUrl, exports: tables };
  await world.story.shop.look();
  expect(await pushSecuritySchema(ofAuth)).toMatchObject({ outcome: "applied" });
  expect(await world.story.shop.look()).toEqual({ added: [], changed: [] });
  for (const wish of [ofAuth, ofShop]) {
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
  }
});
