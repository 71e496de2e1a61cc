import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { refreshTokens } from "../index.ts";
import {
  anHourOn,
  clearAsSealed,
  openTables,
  someDigest,
  someSealed,
} from "../testing/open-tables.ts";
import { refusalOf } from "../testing/refusal-of.ts";

const token = (userId: string) => ({
  userId,
  familyId: randomUUID(),
  tokenHash: someDigest(),
  amr: "pwd",
  expiresAt: anHourOn(),
  absoluteExpiresAt: anHourOn(),
});

test("a token has one successor: a second of the same generation is refused", async () => {
  await using world = await openTables();
  const head = token(world.userId);
  await world.db.insert(refreshTokens).values(head);
  const successor = () => ({ ...head, tokenHash: someDigest(), generation: 1 });
  const rotations = Array.from({ length: 10 }, () =>
    world.db
      .insert(refreshTokens)
      .values(successor())
      .then(
        () => "inserted",
        () => "refused",
      ),
  );
  const answers = Object.groupBy(await Promise.all(rotations), String);
  expect(answers.inserted).toHaveLength(1);
  const another = world.db.insert(refreshTokens).values(successor());
  expect(await refusalOf(another)).toBe("refresh_tokens_family_generation_key");
});

test.for([
  {
    name: "a token in clear",
    values: { tokenHash: "prt_in-clear" },
    by: "refresh_tokens_token_is_digested",
  },
  {
    name: "a successor in clear",
    values: { rotatedAt: new Date(), sealedSuccessor: clearAsSealed },
    by: "refresh_tokens_successor_is_sealed",
  },
  {
    name: "a successor of a token that was not rotated",
    values: { sealedSuccessor: someSealed },
    by: "refresh_tokens_successor_after_rotation",
  },
  {
    name: "an end without a reason",
    values: { revokedAt: new Date() },
    by: "refresh_tokens_revoked_has_reason",
  },
  {
    name: "an unknown reason",
    values: { revokedAt: new Date(), revokedReason: "bored" as "signed_out" },
    by: "refresh_tokens_reason_is_known",
  },
  {
    name: "an idle end after the absolute one",
    values: { expiresAt: new Date(Date.now() + 7_200_000) },
    by: "refresh_tokens_idle_within_absolute",
  },
])("$name is refused", async ({ values, by }) => {
  await using world = await openTables();
  const insert = world.db.insert(refreshTokens).values({ ...token(world.userId), ...values });
  expect(await refusalOf(insert)).toBe(by);
});
