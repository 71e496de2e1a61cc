import { expect, test } from "vitest";
import { openDatabase } from "../testing/open-database.ts";
import { push } from "../testing/push-command.ts";
import { explain } from "./explain.ts";

const url = "postgres://ada:secret@db.example:5433/shop";
const lineOf = (code: string, message = "") =>
  explain(Object.assign(new Error(message), { code }), url) as Error;

test.for([
  ["ENETUNREACH", "No network leads to db.example:5433."],
  ["EHOSTUNREACH", "No network leads to db.example:5433."],
  ["ETIMEDOUT", "db.example:5433 does not answer."],
  ["ECONNRESET", "The connection to db.example:5433 was reset."],
  ["EPIPE", "The connection to db.example:5433 was reset."],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "The certificate of db.example:5433 did not pass (why)."],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "The certificate of db.example:5433 did not pass (why)."],
  ["CERT_HAS_EXPIRED", "The certificate of db.example:5433 did not pass (why)."],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "The certificate of db.example:5433 did not pass (why)."],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "TLS with db.example:5433 failed (why)."],
] as const)("%s is one line", ([code, start]) => {
  const { name, message } = lineOf(code, "why\nand more");
  expect(name).toBe("PushError");
  expect(message.startsWith(start)).toBe(true);
  expect(message).not.toMatch(/\n|secret/);
});

test("a fault of our own comes back as it is", () => {
  expect(lineOf("ERR_ASSERTION").name).toBe("Error");
});

test("TLS asked of a server that has none is one line that says what to set", async () => {
  await using database = await openDatabase();
  const { code, stdout, stderr } = await push(`${database.url}?sslmode=require`);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^db:push: The server on .* broke off the TLS .* sslmode=disable .*\n$/);
});

test.for([
  ["postgres://u:50%off@host/db", "is malformed"],
  ["postgres://u:p@[::1]:5432/db", "Use a host name or an IPv4 address"],
] as const)("the command says of %s in one line what is wrong", async ([wrong, part]) => {
  const { code, stderr } = await push(wrong);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^db:push: DATABASE_URL .*\n$/);
  expect(stderr).toContain(part);
});
