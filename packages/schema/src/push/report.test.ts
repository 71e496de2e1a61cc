import { expect, test } from "vitest";
import { creationOf } from "../repeatable/roles.ts";
import { planText } from "./report.ts";

test("a plan says which role it would make", () => {
  expect(planText([creationOf("shop_app")])).toBe('  + create role "shop_app" nologin\n');
});
