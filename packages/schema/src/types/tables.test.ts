import { expect, expectTypeOf, test } from "vitest";
import * as postern from "../index.ts";
import type { Inserts } from "../testing/expected-inserts.ts";
import type { Rows } from "../testing/expected-rows.ts";
import type {
  byBigint,
  byBrand,
  byInteger,
  byNumber,
  bySerial,
  byText,
  byUuid,
  byVarchar,
  UserId,
} from "../testing/users-by-id.ts";

type Twelve = keyof Rows<string>;
type Bound<U extends postern.UsersTable> = ReturnType<typeof postern.createSecuritySchema<U>>;
type Tables = { [Table in Twelve]: { $inferSelect: unknown; $inferInsert: unknown } };
type Selected<T extends Tables> = { [Table in Twelve]: T[Table]["$inferSelect"] };
type Inserted<T extends Tables> = { [Table in Twelve]: T[Table]["$inferInsert"] };

test("each of the twelve returns exactly its columns, with the app's own type of id", () => {
  expectTypeOf<Selected<Bound<typeof byUuid>>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Selected<Bound<typeof byText>>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Selected<Bound<typeof byBrand>>>().toEqualTypeOf<Rows<UserId>>();
  expectTypeOf<Selected<Bound<typeof byVarchar>>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Selected<Bound<typeof byInteger>>>().toEqualTypeOf<Rows<number>>();
  expectTypeOf<Selected<Bound<typeof bySerial>>>().toEqualTypeOf<Rows<number>>();
  expectTypeOf<Selected<Bound<typeof byNumber>>>().toEqualTypeOf<Rows<number>>();
  expectTypeOf<Selected<Bound<typeof byBigint>>>().toEqualTypeOf<Rows<bigint>>();
});

test("each of the twelve takes exactly its columns, and asks for what has no default", () => {
  expectTypeOf<Inserted<Bound<typeof byUuid>>>().toEqualTypeOf<Inserts<string>>();
  expectTypeOf<Inserted<Bound<typeof byText>>>().toEqualTypeOf<Inserts<string>>();
  expectTypeOf<Inserted<Bound<typeof byBrand>>>().toEqualTypeOf<Inserts<UserId>>();
  expectTypeOf<Inserted<Bound<typeof byVarchar>>>().toEqualTypeOf<Inserts<string>>();
  expectTypeOf<Inserted<Bound<typeof byInteger>>>().toEqualTypeOf<Inserts<number>>();
  expectTypeOf<Inserted<Bound<typeof bySerial>>>().toEqualTypeOf<Inserts<number>>();
  expectTypeOf<Inserted<Bound<typeof byNumber>>>().toEqualTypeOf<Inserts<number>>();
  expectTypeOf<Inserted<Bound<typeof byBigint>>>().toEqualTypeOf<Inserts<bigint>>();
});

test("the default binding has the same rows, by uuid", () => {
  expectTypeOf<Selected<typeof postern>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Inserted<typeof postern>>().toEqualTypeOf<Inserts<string>>();
  expectTypeOf<typeof postern.posternUsers.$inferInsert.encryptedPhoneNumber>().toEqualTypeOf<
    postern.Sealed<"users", "encrypted_phone_number"> | null | undefined
  >();
  expect(postern).not.toHaveProperty("users");
});
