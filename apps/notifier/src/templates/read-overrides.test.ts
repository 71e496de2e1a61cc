import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BadEnvironmentError } from "@postern/environment";
import { expect, onTestFinished, test } from "vitest";
import { readOverrides } from "./read-overrides.ts";
import { createRenderer } from "./render.ts";
import { sampleMessage } from "./sample-message.ts";

const sender = { appName: "<Duka>", host: "duka.example", support: null, resetPageUrl: null };
const input = { locale: "en-GB", secondsLeft: 300 };

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "templates-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const read = (files: Readonly<Record<string, string>>) =>
  readOverrides({ templatesFolder: folderOf(files), sender });

function faultsOf(files: Readonly<Record<string, string>>): readonly string[] {
  try {
    read(files);
    return [];
  } catch (error) {
    if (error instanceof BadEnvironmentError) return error.faults;
    throw error;
  }
}

test("an app's text goes before ours, in our layout, escaped; other messages stay ours", () => {
  const render = createRenderer(
    sender,
    read({ "sign_in_code.en.txt": "Subject: Karibu {{app}}\r\n\r\nHere & now:\n\n{{ code }}\n" }),
  );
  const mail = render(sampleMessage("sign_in_code"), input);
  expect(mail).toMatchObject({
    subject: "Karibu <Duka>",
    text: "Here & now:\n\n12345678\n\n-- \nSent by <Duka>, duka.example.\n",
  });
  expect(mail).toMatchObject({ html: expect.stringContaining("Here &amp; now:") });
  const other = render(sampleMessage("sign_up_code"), input);
  expect(other).toMatchObject({ subject: "Your sign-up code for <Duka>" });
});

test("a document of the app's own replaces the layout, its values escaped", () => {
  const render = createRenderer(
    sender,
    read({
      "sign_in_code.sw.txt": "Subject: Karibu\n\n{{code}}",
      "sign_in_code.sw.html": "<h1>{{app}}</h1><b>{{code}}</b>",
    }),
  );
  const mail = render(sampleMessage("sign_in_code"), { ...input, locale: "sw-TZ" });
  expect(mail).toMatchObject({ html: "<h1>&lt;Duka&gt;</h1><b>12345678</b>" });
});

test("a language of the app's own is spoken where it has the template, else English", () => {
  const render = createRenderer(
    sender,
    read({ "sign_in_code_sms.luo.txt": "{{code}} en namba {{app}}." }),
  );
  const luo = { ...input, locale: "luo" };
  expect(render(sampleMessage("sign_in_code_sms"), luo).text).toBe(
    "12345678 en namba <Duka>.\n\n@duka.example #12345678",
  );
  expect(render(sampleMessage("phone_changed_sms"), luo).text).toContain("was changed");
});

test("a broken folder stops the start, and every file is named", () => {
  expect(
    faultsOf({
      "sign_in_code.en.txt": "Subject: Hi\n\nno code here, {{name}}",
      "sign_in_code.fr.html": "<b>{{code}}</b>",
      "password_changed.en.txt": "no subject",
      "sign_up_code.en.txt": "Subject: {{code}}\n\n{{code}}",
      "sign_in_code_sms.en.txt": `{{code}} ${"long ".repeat(40)}`,
      "sign_in_code_sms.en.html": "{{code}}",
      "toString.en.txt": "x",
      "notes.md": "x",
    }),
  ).toEqual([
    "TEMPLATES_DIR: notes.md is no message.locale.txt or .html",
    "TEMPLATES_DIR: toString.en.txt is no message.locale.txt or .html",
    "TEMPLATES_DIR: password_changed.en.txt does not begin with Subject: … and an empty line",
    "TEMPLATES_DIR: sign_in_code.en.txt names {{name}}, which sign_in_code does not have",
    "TEMPLATES_DIR: sign_in_code.en.txt has no {{code}}",
    "TEMPLATES_DIR: sign_in_code.fr.html has no .txt beside it",
    "TEMPLATES_DIR: sign_in_code_sms.en.html is HTML for a text message",
    "TEMPLATES_DIR: sign_up_code.en.txt shows {{code}} in its subject",
  ]);
  expect(faultsOf({ "sign_in_code_sms.en.txt": `{{code}} ${"long ".repeat(40)}` })).toEqual([
    "TEMPLATES_DIR: sign_in_code_sms.en.txt makes 2 segments, not one",
  ]);
  expect(() => readOverrides({ templatesFolder: "/nowhere", sender })).toThrow("not a folder");
});
