import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { findFreePort } from "@postern/devkit";
import { chromium, type Page } from "playwright-core";
import { expect, test } from "vitest";
import { password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const CHROMIUM = "/usr/bin/chromium";

/** A page of another origin, as an attacker's would be. */
async function serveOtherSite(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>other</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

type Call = { url: string; body?: unknown; headers?: Record<string, string> };

/** What a script in the page gets to see of the answer. */
const fetchFrom = (page: Page, { url, body, headers = {} }: Call) =>
  page.evaluate(
    async ([to, payload, extra]) => {
      const { document } = globalThis as unknown as { document: { cookie: string } };
      try {
        const answer = await fetch(to, {
          credentials: "include",
          ...(payload === null
            ? {}
            : {
                method: "POST",
                body: payload,
                headers: { "content-type": "application/json", ...extra },
              }),
        });
        const text = await answer.text();
        return { status: answer.status, text, cookies: document.cookie };
      } catch (error) {
        return { status: 0, text: String(error), cookies: document.cookie };
      }
    },
    [url, body === undefined ? null : JSON.stringify(body), headers] as const,
  );

test("in Chromium a page of ours signs in, refreshes and signs out by cookie; another origin cannot (R-44, R-45, A-33)", {
  timeout: 60_000,
}, async ({ skip }) => {
  skip(!existsSync(CHROMIUM), `There is no ${CHROMIUM} to try cookie mode in.`);
  const port = await findFreePort();
  const origin = `http://127.0.0.1:${port}`;
  await using world = await openWorld({ environment: { PUBLIC_URL: origin } });
  await world.app.listen({ port, host: "127.0.0.1" });
  await signUp(world);
  const other = await serveOtherSite();
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox"],
  });
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${origin}/docs`);
    const api = `${origin}/api/auth`;
    const login = { email: "ada@example.com", password, transport: "cookie" };
    const signedIn = await fetchFrom(page, { url: `${api}/login`, body: login });
    expect(signedIn.status).toBe(200);
    expect(signedIn.text).not.toMatch(/prt_|pdv_/);
    expect(signedIn.cookies).toBe("");
    const kept = await context.cookies();
    expect(kept.map(({ name }) => name).sort()).toEqual([
      "__Host-postern_device",
      "__Host-postern_refresh",
    ]);
    for (const cookie of kept) {
      expect(cookie).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: "Strict",
        path: "/",
      });
    }

    const { csrfToken } = JSON.parse((await fetchFrom(page, { url: `${api}/csrf` })).text);
    const headers = { "x-csrf-token": csrfToken };
    const bare = await fetchFrom(page, { url: `${api}/refresh`, body: {} });
    expect(bare).toMatchObject({ status: 403 });
    const refreshed = await fetchFrom(page, { url: `${api}/refresh`, body: {}, headers });
    expect(refreshed.status).toBe(200);

    // 127.0.0.1 with another port is same-site: SameSite alone would let its requests through.
    const foreign = await context.newPage();
    await foreign.goto(elsewhere);
    for (const body of [{}, login]) {
      const url = `${api}/${"transport" in body ? "login" : "refresh"}`;
      const answer = await fetchFrom(foreign, { url, body, headers });
      expect(answer.status).toBe(0);
    }
    expect(await fetchFrom(foreign, { url: `${api}/csrf` })).toMatchObject({ status: 0 });
    const forged = await foreign.evaluate(async (to) => {
      const form = {
        method: "POST",
        mode: "no-cors",
        credentials: "include",
        body: "{}",
      } as const;
      return (await fetch(to, form)).type;
    }, `${api}/logout`);
    expect(forged).toBe("opaque");
    const { sessionAudits } = world.tables;
    const audits = await world.db.select().from(sessionAudits);
    expect(audits.filter(({ action }) => action === "ended")).toEqual([]);
    expect(audits.filter(({ action }) => action === "started")).toHaveLength(2);

    const out = await fetchFrom(page, { url: `${api}/logout`, body: {}, headers });
    expect(out.status).toBe(204);
    expect((await context.cookies()).map(({ name }) => name)).toEqual(["__Host-postern_device"]);
  } finally {
    await browser.close();
    other.close();
  }
});
