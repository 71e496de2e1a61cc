import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repositoryFolder } from "./repository.ts";

const read = (path: string) => readFileSync(join(repositoryFolder, path), "utf8");

const requirements = read("docs/requirements.md");
const rows = [...requirements.matchAll(/^\| (?<id>[RA]-\d\d) \|.*\| (?<proof>[^|]+) \|$/gm)];

/** `auth/…`, `notifier/…` and `cli/…` are apps, the rest are packages. */
function pathOf(proof: string): string {
  const [name = "", ...rest] = proof.split("/");
  const folder = ["auth", "notifier", "cli"].includes(name) ? "apps" : "packages";
  return join(folder, name, "src", ...rest);
}

const decisions = globSync("[0-9]*.md", { cwd: join(repositoryFolder, "docs/decisions") });
const known = new Set([
  ...rows.map(({ groups }) => groups?.id),
  ...decisions.map((file) => `D${Number(file.slice(0, 4))}`),
]);

test("the requirements stand in the order of their numbers, none twice", () => {
  for (const letter of ["R", "A"]) {
    const ids = rows
      .flatMap(({ groups }) => groups?.id ?? [])
      .filter((id) => id.startsWith(letter));
    expect(ids).toEqual([...new Set(ids)].sort());
  }
});

test("every test that the requirements name is there", () => {
  const proofs = rows.flatMap(({ groups }) => (groups?.proof ?? "").split(", "));
  const missing = proofs.filter((proof) => proof !== "–").map(pathOf);
  expect(missing.filter((path) => !existsSync(join(repositoryFolder, path)))).toEqual([]);
});

test("every number that the code cites has an entry", () => {
  const files = globSync("{apps,packages}/*/src/**/*.ts", { cwd: repositoryFolder });
  const cited = files.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w-])(?:D\d{1,2}|[RA]-\d\d)(?![\w-])/g)].map(([id]) => id),
  );
  expect(cited.length).toBeGreaterThan(50);
  expect([...new Set(cited)].filter((id) => !known.has(id))).toEqual([]);
});

test("every figure that the services give out is explained to operators", () => {
  const files = globSync(["apps/*/src/**/*.ts", "packages/process/src/**/*.ts"], {
    cwd: repositoryFolder,
  });
  const figures = files.flatMap((file) =>
    [...read(file).matchAll(/\bname: "(?<name>\w+)",\s+help: /g)].map(({ groups }) => groups?.name),
  );
  expect(figures.length).toBeGreaterThan(15);
  const guide = read("docs/guides/operate.md");
  expect(figures.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

test("links between the documents lead somewhere", () => {
  const documents = globSync(["*.md", ".changeset/*.md", "docs/**/*.md", "packages/*/*.md"], {
    cwd: repositoryFolder,
  });
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = ""]) => join(dirname(path), target))
      .filter((target) => !existsSync(join(repositoryFolder, target))),
  );
  expect(broken).toEqual([]);
});
