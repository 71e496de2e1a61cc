import { expectTypeOf, test } from "vitest";
import type { Calls, PosternClient } from "./index.ts";

test("calls take the fields of path, query and body side by side, and nothing else", () => {
  expectTypeOf<Calls["signIn"]>().parameter(0).toExtend<{ password: string } | undefined>();
  expectTypeOf<Parameters<Calls["signIn"]>[0]>().not.toBeAny();
  expectTypeOf<Parameters<Calls["endSession"]>[0]>().toEqualTypeOf<{ id: string }>();
  expectTypeOf<Parameters<Calls["changeDevice"]>[0]>().toExtend<{ id: string; name?: string }>();
  expectTypeOf<Parameters<Calls["listSecurityEvents"]>[0]>().toExtend<
    { limit?: number; cursor?: string } | undefined
  >();
  expectTypeOf<Parameters<Calls["getAccount"]>[0]>().toEqualTypeOf<
    Record<string, never> | undefined
  >();
  // @ts-expect-error: the id is needed
  (client: PosternClient) => client.endSession();
  // @ts-expect-error: there is no such field
  (client: PosternClient) => client.signIn({ email: "a", password: "b", pasword: "c" });
});

test("calls answer what the service documents, and nothing for 204", () => {
  expectTypeOf<Awaited<ReturnType<Calls["endSession"]>>>().toEqualTypeOf<undefined>();
  type Account = Awaited<ReturnType<Calls["getAccount"]>>;
  expectTypeOf<Account["user"]["email"]>().toEqualTypeOf<string>();
  type SignedIn = Awaited<ReturnType<Calls["signIn"]>>;
  expectTypeOf<
    Extract<SignedIn, { twoFactorRequired: true }>["pendingToken"]
  >().toEqualTypeOf<string>();
});
