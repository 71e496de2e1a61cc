import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readPreviews } from "../dev/read-previews.ts";
import { startInbox } from "./start-inbox.ts";

/** Each look starts a program. */
const SLOW = { timeout: 120_000 };

const openInbox = (environment: Record<string, string> = {}) =>
  startInbox({ readPreviews: () => readPreviews(environment) });

async function get(url: string) {
  const answer = await fetch(url);
  return {
    status: answer.status,
    policy: answer.headers.get("content-security-policy"),
    body: await answer.text(),
  };
}

test(
  "the page shows every template in each language, with nothing that could run",
  SLOW,
  async () => {
    await using inbox = await openInbox({ APP_NAME: "<Duka>" });
    const english = await get(`${inbox.webUrl}/preview`);
    expect(english.policy).toContain("default-src 'none'; script-src 'self'");
    expect(english.body).not.toMatch(/<script|<Duka>| on[a-z]+=/);
    expect(english.body).toContain("<h2>Your sign-in code for &lt;Duka&gt;</h2>");
    expect(english.body).toContain("1 × GSM-7");
    const swahili = await get(`${inbox.webUrl}/preview?locale=sw`);
    expect(swahili.body).toContain("Msimbo wako wa kuingia");
    expect(swahili.body.match(/<article/g)?.length).toBe(english.body.match(/<article/g)?.length);

    const frame = /src="(\/preview\/html\?name=sign_in_code&[^"]+)"/.exec(swahili.body)?.[1];
    const mail = await get(inbox.webUrl + frame?.replaceAll("&amp;", "&"));
    expect(mail.policy).toMatch(/default-src 'none'.*sandbox/);
    expect(mail.body).toContain('<html lang="sw">');
    expect((await get(`${inbox.webUrl}/preview/html?name=none&locale=sw`)).status).toBe(404);
  },
);

test(
  "a template that was just saved shows at the next look, and so does what is wrong with it",
  SLOW,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "templates-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    await using inbox = await openInbox({ TEMPLATES_DIR: folder });
    const look = async () => (await get(`${inbox.webUrl}/preview`)).body;
    const file = join(folder, "sign_in_code.en.txt");
    writeFileSync(file, "Subject: Karibu\n\n{{code}}");
    expect(await look()).toContain("<h2>Karibu</h2>");
    writeFileSync(file, "Subject: Karibu\n\nno code");
    expect(await look()).toContain("sign_in_code.en.txt has no {{code}}");
  },
);

test("an inbox of tests has no such page, and no link to it", async () => {
  await using inbox = await startInbox();
  expect((await get(`${inbox.webUrl}/preview`)).status).toBe(404);
  expect((await get(inbox.webUrl)).body).not.toContain("/preview");
  await using dev = await openInbox();
  expect((await get(dev.webUrl)).body).toContain('<a href="/preview">Templates</a>');
});
