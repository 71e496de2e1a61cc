import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BadEnvironmentError } from "@postern/environment";
import { isMessageName, type MessageName, messages } from "@postern/messages";
import { measureSms } from "../channels/sms-segments.ts";
import { placeholdersOf } from "./fill-values.ts";
import type { Overrides } from "./find-template.ts";
import { placeholdersIn } from "./placeholders.ts";
import { createRenderer } from "./render.ts";
import { sampleMessage } from "./sample-message.ts";
import type { Sender } from "./sender.ts";
import type { MailTemplate, SmsTemplate } from "./template.ts";

const FILE =
  /^(?<name>[a-z_]+)\.(?<locale>[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*)\.(?<kind>txt|html)$/;
const SUBJECT = /^Subject:[ \t]*(?<subject>[^\n]+)\n\n/;
/** The longest life that auth gives a code. */
const LONGEST_LIFE_SECONDS = 600;

export type OverrideSource = Readonly<{ templatesFolder: string | null; sender: Sender }>;

type File = { file: string; name: MessageName; locale: string; kind: "txt" | "html"; text: string };

/**
 * Reads the templates that an app puts in place of ours: `name.locale.txt`, of a mail with
 * `Subject: …` and an empty line first, and for a mail `name.locale.html` beside it.
 *
 * @throws BadEnvironmentError naming every file that is not as it must be
 */
export function readOverrides({ templatesFolder, sender }: OverrideSource): Overrides {
  if (templatesFolder === null) return new Map();
  const faults: string[] = [];
  const files = readFolder(templatesFolder, faults);
  const templates = new Map<string, MailTemplate | SmsTemplate>();
  for (const file of files) {
    faults.push(...findFaults(file).map((fault) => `TEMPLATES_DIR: ${file.file} ${fault}`));
    if (file.kind === "txt") templates.set(keyOf(file), readText(file, htmlBeside(file, files)));
    else if (!files.some((it) => it.kind === "txt" && keyOf(it) === keyOf(file))) {
      faults.push(`TEMPLATES_DIR: ${file.file} has no .txt beside it`);
    }
  }
  if (faults.length === 0) faults.push(...findLongTexts(files, templates, sender));
  if (faults.length > 0) throw new BadEnvironmentError(faults);
  return templates;
}

const keyOf = ({ name, locale }: File): string => `${name}.${locale}`;

function readFolder(folder: string, faults: string[]): File[] {
  let found: string[];
  try {
    found = readdirSync(folder).sort();
  } catch {
    faults.push("TEMPLATES_DIR is not a folder that can be read");
    return [];
  }
  return found.flatMap((file) => {
    const groups = FILE.exec(file)?.groups ?? {};
    const { name = "", locale = "", kind } = groups;
    if (isMessageName(name) && (kind === "txt" || kind === "html")) {
      const text = readFileSync(join(folder, file), "utf8").replace(/\r\n?/g, "\n");
      return [{ file, name, locale: locale.toLowerCase(), kind, text }];
    }
    faults.push(`TEMPLATES_DIR: ${file} is no message.locale.txt or .html`);
    return [];
  });
}

function findFaults({ name, kind, text }: File): string[] {
  const known = placeholdersOf(name);
  const named = placeholdersIn(text);
  const needed = known.find((it) => it === "code" || it === "link");
  const unknown = named.filter((it) => !known.includes(it));
  return [
    ...unknown.map((it) => `names {{${it}}}, which ${name} does not have`),
    ...(needed && !named.includes(needed) ? [`has no {{${needed}}}`] : []),
    ...(messages[name].channel === "sms" ? findSmsFaults(kind) : findMailFaults(kind, text)),
  ];
}

const findSmsFaults = (kind: File["kind"]): string[] =>
  kind === "html" ? ["is HTML for a text message"] : [];

function findMailFaults(kind: File["kind"], text: string): string[] {
  if (kind === "html") return [];
  const { subject } = SUBJECT.exec(text)?.groups ?? {};
  if (subject === undefined) return ["does not begin with Subject: … and an empty line"];
  const secrets = placeholdersIn(subject).filter((it) => it === "code" || it === "link");
  return secrets.map((it) => `shows {{${it}}} in its subject`);
}

const htmlBeside = (file: File, files: readonly File[]): string | null =>
  files.find((it) => it.kind === "html" && keyOf(it) === keyOf(file))?.text ?? null;

function readText({ name, text }: File, html: string | null): MailTemplate | SmsTemplate {
  if (messages[name].channel === "sms") return { text: text.trim() };
  const subject = SUBJECT.exec(text)?.groups?.subject ?? "";
  const body = text
    .replace(SUBJECT, "")
    .trim()
    .split(/\n{2,}/);
  return { subject: subject.trim(), body, closing: [], html };
}

/** A text that needs two segments costs double, and is refused while somebody looks. */
function findLongTexts(files: readonly File[], templates: Overrides, sender: Sender): string[] {
  const render = createRenderer({ ...sender, host: null }, templates);
  return files.flatMap(({ file, name, locale }) => {
    const rendered = render(sampleMessage(name), { locale, secondsLeft: LONGEST_LIFE_SECONDS });
    if (rendered.channel !== "sms") return [];
    const { segments } = measureSms(rendered.text);
    return segments === 1 ? [] : [`TEMPLATES_DIR: ${file} makes ${segments} segments, not one`];
  });
}
