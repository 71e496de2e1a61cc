import { DrizzleQueryError } from "drizzle-orm";
import { expect, test } from "vitest";
import { createLogger } from "./create-logger.ts";

function logInto() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { lines, log: createLogger({ service: "auth", level: "info", destination }) };
}

const SECRETS = ["123456", "hunter2-hunter2", "ada@example.com", "+254712345678"] as const;
const [code, password, email, phone] = SECRETS;

test.for([
  { name: "at the top", fields: { code, password, email, phone } },
  { name: "one level down", fields: { body: { code, password, email, phone } } },
  {
    name: "two levels down",
    fields: { request: { body: { code, newPassword: password, to: email, phone } } },
  },
  { name: "in headers", fields: { headers: { authorization: password, cookie: code } } },
])("secrets and addresses $name are censored by field name", ({ fields }) => {
  const { lines, log } = logInto();
  log.info(fields, "asked");
  expect(lines).toHaveLength(1);
  for (const secret of SECRETS) {
    expect(lines[0]).not.toContain(secret);
  }
});

test("tokens and emails inside a text are censored", () => {
  const { lines, log } = logInto();
  log.info(
    `refused prt_${"a".repeat(43)} of ada@example.com with eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln`,
  );
  expect(JSON.parse(lines[0]!).msg).toBe("refused [redacted] of [redacted] with [redacted]");
});

test("an error of the database is logged without the values of the statement", () => {
  const refusal = Object.assign(new Error('duplicate: "ada@example.com"'), {
    name: "PostgresError",
    code: "23505",
    detail: "Key (email)=(ada@example.com) already exists.",
    constraint_name: "users_email_key",
    parameters: [email, password],
  });
  const { lines, log } = logInto();
  log.error(
    { err: new DrizzleQueryError("insert into users", [email, password], refusal) },
    "failed",
  );
  const { err } = JSON.parse(lines[0]!);
  expect(err.message).toBe("Failed query: insert into users");
  expect(err.cause).toMatchObject({ errorCode: "23505", constraint_name: "users_email_key" });
  expect(lines[0]).not.toContain(email);
  expect(lines[0]).not.toContain(password);
});

test("a long line without an address costs no more than its length", () => {
  const { lines, log } = logInto();
  const started = performance.now();
  log.info("a".repeat(200_000));
  expect(performance.now() - started).toBeLessThan(500);
  expect(lines[0]!.length).toBeGreaterThan(200_000);
});
