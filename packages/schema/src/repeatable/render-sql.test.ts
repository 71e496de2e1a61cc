import { expect, test } from "vitest";
import { renderSql } from "./render-sql.ts";

const values = {
  sql: { name: '"a b"', "u.name": 'u."a b"::text' },
  text: { name: "it's" },
  macros: { twice: (of: string) => `${of} + ${of}` },
  holds: new Set(["a", "b"]),
};

test("conditions, macros and placeholders are filled, casts and slices are not taken for them", () => {
  const template = `-- About :nothing.
--if a b
select :name, :'name', :u.name, :twice(:u.name), x::text
--if c
, no
--else
, yes
--end
--end
--if a c
, never
--end`;
  expect(renderSql(template, values)).toBe(
    `select "a b", 'it''s', u."a b"::text, u."a b"::text + u."a b"::text, x::text\n, yes`,
  );
});

test("what a template asks for in vain is a fault, not an empty place", () => {
  expect(() => renderSql("select :missing", values)).toThrow("Nothing is known of :missing");
});
