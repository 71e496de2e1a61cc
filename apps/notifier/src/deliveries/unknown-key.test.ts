import { createKeyRing } from "@postern/crypto";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { age, openWorld, queueOne, readRow, type World } from "../testing/world.ts";
import { deliver } from "./deliver.ts";

const NEW_KEY = "5b1f0c9d7e3a48261f9be7d0c3a56f8842e1d97b0fa63c5e8d2471b9a06fc3e5";

const deliverAll = async (world: World) => {
  for (const delivery of await claimDue(world, "email")) {
    await deliver(world, delivery, new AbortController().signal);
  }
};

test("a mail sealed under a key that this worker does not have yet waits for one that does", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  const turned = { ...world, keyRing: createKeyRing({ active: { id: 2, hex: NEW_KEY } }) };
  const { id } = await queueOne(turned);

  await deliverAll(world);
  const waiting = await readRow(world, id);
  expect(waiting).toMatchObject({ status: "retry", errorCode: "unknown_key" });
  expect(waiting.sealedPayload).not.toBeNull();
  expect(sink.mails).toEqual([]);

  await age(world, ["next_attempt_at"]);
  await deliverAll(turned);
  expect(await readRow(world, id)).toMatchObject({ status: "sent", errorCode: null });
  expect(sink.mails).toHaveLength(1);
});
