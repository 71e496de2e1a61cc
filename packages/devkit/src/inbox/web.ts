import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Mailbox } from "./mailbox.ts";
import { type Previews, previewHtml, renderPreviewPage } from "./preview.ts";
import { receiveSms } from "./receive-sms.ts";
import { renderMessages, renderPage } from "./render.ts";

export type WebOptions = {
  host: string;
  port: number;
  mailbox: Mailbox;
  smtpUrl: string;
  /** Has every template written out; without it there is no page of them. */
  readPreviews?: (() => Promise<Previews>) | undefined;
};

export type WebListener = { port: number; stop(): Promise<void> };

type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  options: WebOptions;
};

// The page runs its own script and nothing else; nothing in a message can load or send anything.
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A mail as HTML: no script, no remote picture; links open in a window of their own.
const MAIL_POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'self'; " +
  "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

const HEADERS = {
  "Content-Security-Policy": PAGE_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const HTML = "text/html; charset=utf-8";

const ASSETS: Record<string, string> = {
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

const ROUTES: Record<string, (exchange: Exchange) => void | Promise<void>> = {
  "GET /": ({ response, options: { mailbox, smtpUrl, readPreviews } }) =>
    send(response, {
      type: HTML,
      body: renderPage(mailbox.all(), { smtpUrl, hasTemplates: readPreviews !== undefined }),
    }),
  "GET /preview": sendPreviews,
  "GET /preview/html": sendPreviewHtml,
  "GET /messages": sendNewer,
  "GET /events": streamArrivals,
  "GET /api/messages": ({ response, options }) => sendJson(response, 200, options.mailbox.all()),
  "DELETE /api/messages": ({ response, options }) => {
    options.mailbox.clear();
    sendJson(response, 200, []);
  },
  "POST /api/messages": async ({ request, response, options }) => {
    const { status, answer } = await receiveSms(request, options.mailbox);
    sendJson(response, status, answer);
  },
};

/** The page with the messages, and the same as JSON. */
export async function listenForReaders(options: WebOptions): Promise<WebListener> {
  const server = createServer((request, response) => {
    answer({ request, response, options, url: new URL(request.url ?? "/", "http://inbox") }).catch(
      () => response.destroy(),
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(options.port, options.host, resolve);
  await promise;
  const stop = async () => {
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  if (!isForThisMachine(request)) {
    return sendJson(response, 421, { error: "Ask for 127.0.0.1 or localhost." });
  }
  const route = ROUTES[`${request.method} ${url.pathname}`];
  if (route) return route(exchange);
  const [, folder, id, part] = url.pathname.split("/");
  if (folder === "messages" && part === "html") return sendMailHtml(exchange, id);
  return sendAsset(exchange);
}

/** A foreign page whose name was pointed at 127.0.0.1 must not read codes (DNS rebinding). */
function isForThisMachine({ headers, socket }: IncomingMessage): boolean {
  const host = headers.host?.replace(/:\d+$/, "");
  return ["127.0.0.1", "localhost", "[::1]", socket.localAddress].includes(host);
}

function sendNewer({ response, url, options }: Exchange): void {
  const all = options.mailbox.all();
  const after = all.findIndex(({ id }) => id === url.searchParams.get("after"));
  const newer = after === -1 ? all : all.slice(0, after);
  send(response, { type: HTML, body: renderMessages(newer) });
}

function streamArrivals({ response, options }: Exchange): void {
  response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
  response.write("retry: 1000\n\n");
  const stopListening = options.mailbox.onMessage(({ id }) => response.write(`data: ${id}\n\n`));
  response.once("close", stopListening);
}

function sendMailHtml({ response, options }: Exchange, id: string | undefined): void {
  const message = options.mailbox.all().find((found) => found.id === id);
  if (!message?.html) {
    sendJson(response, 404, { error: "There is no such message." });
    return;
  }
  sendFramed(response, message.html);
}

const sendFramed = (response: ServerResponse, html: string): void =>
  send(response, {
    type: HTML,
    body: `<!doctype html><base target="_blank">${html}`,
    policy: MAIL_POLICY,
  });

async function sendPreviews({ response, url, options }: Exchange): Promise<void> {
  const { readPreviews } = options;
  if (!readPreviews) return sendJson(response, 404, { error: "pnpm dev shows the templates." });
  const previews = await readPreviews();
  lastPreviews.set(options, previews);
  send(response, { type: HTML, body: renderPreviewPage(previews, url.searchParams.get("locale")) });
}

/** What the page last showed: its frames ask for it one by one. */
const lastPreviews = new WeakMap<WebOptions, Previews>();

function sendPreviewHtml({ response, url, options }: Exchange): void {
  const previews = lastPreviews.get(options);
  const found = previews && previewHtml(previews, url.searchParams);
  if (found === undefined) sendJson(response, 404, { error: "There is no such template." });
  else sendFramed(response, found);
}

function sendAsset({ request, response, url }: Exchange): void {
  const name = url.pathname.slice(1);
  const type = request.method === "GET" && Object.hasOwn(ASSETS, name) && ASSETS[name];
  if (!type) {
    sendJson(response, 404, { error: "There is nothing here." });
    return;
  }
  send(response, { type, body: readFileSync(join(import.meta.dirname, "page", name), "utf8") });
}

type Body = { type: string; body: string; policy?: string };

function send(response: ServerResponse, { type, body, policy = PAGE_POLICY }: Body): void {
  const headers = { ...HEADERS, "Content-Security-Policy": policy, "Content-Type": type };
  response.writeHead(200, headers).end(body);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...HEADERS, "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}
