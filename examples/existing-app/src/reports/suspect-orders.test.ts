import { expect, expectTypeOf, test } from "vitest";
import { security } from "../security/binding.ts";
import { openMounted } from "../testing/open-mounted.ts";
import { findSuspectOrders } from "./suspect-orders.ts";

type Attempt = typeof security.loginAttempts.$inferSelect;
type Token = typeof security.refreshTokens.$inferSelect;
type NewKey = typeof security.apiKeys.$inferInsert;

test("a query joins the shop's tables and Postern's, each column in its own type", async () => {
  await using world = await openMounted();
  const attempt = {
    userId: 1,
    identifierHint: "w***@example.com",
    identifierIndex: "A".repeat(22),
  };
  await world.db.insert(security.loginAttempts).values([
    { ...attempt, attemptResult: "failed_password", ipAddress: "192.0.2.7" },
    { ...attempt, attemptResult: "success" },
  ]);
  const found = await findSuspectOrders(world.db);
  expectTypeOf(found).toEqualTypeOf<
    {
      number: number;
      fullName: string;
      status: "placed" | "paid" | "sent" | "cancelled";
      result:
        | "success"
        | "failed_password"
        | "unknown_account"
        | "failed_second_factor"
        | "second_factor_required"
        | "locked"
        | "throttled"
        | "disabled"
        | "expired_password";
      ipAddress: string | null;
      failedAt: Date;
    }[]
  >();
  expect(found).toEqual(
    [1000, 1002].map((number) => ({
      number,
      fullName: "Wanjiku Kamau",
      status: number === 1000 ? "paid" : "cancelled",
      result: "failed_password",
      ipAddress: "192.0.2.7",
      failedAt: expect.any(Date),
    })),
  );
});

test("user_id takes the shop's id, and no other type compiles", () => {
  expectTypeOf<Attempt["userId"]>().toEqualTypeOf<number | null>();
  expectTypeOf<Token["userId"]>().toEqualTypeOf<number>();
  expectTypeOf<string>().not.toExtend<NewKey["userId"]>();
  expect(security.apiKeys.userId.getSQLType()).toBe("integer");
});
