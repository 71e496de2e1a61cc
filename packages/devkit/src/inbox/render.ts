import { Html, html, linkAddresses } from "./html.ts";
import type { InboxMessage } from "./mailbox.ts";

/** The messages alone: what the page fetches when something arrives. */
export const renderMessages = (messages: readonly InboxMessage[]): string =>
  messages.map((message) => renderMessage(message).markup).join("\n");

type Around = Readonly<{ smtpUrl: string; hasTemplates: boolean }>;

export function renderPage(
  messages: readonly InboxMessage[],
  { smtpUrl, hasTemplates }: Around,
): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body>
<header>
<h1>Inbox</h1>
<input id="filter" type="search" placeholder="Filter by address" aria-label="Filter by address">
<span id="state" role="status">connecting</span>
<button id="clear" type="button">Clear</button>
${hasTemplates ? html`<a href="/preview">Templates</a>` : NOTHING}
</header>
<main id="messages" aria-live="polite">
${new Html(renderMessages(messages))}
</main>
<p id="empty">No messages yet. Whatever is sent to <code>${smtpUrl}</code> appears here.</p>
</body>
</html>
`.markup;
}

const NOTHING = html``;

function renderMessage(message: InboxMessage): Html {
  const { id, kind, from, to, subject, text, receivedAt, code } = message;
  return html`<article id="message-${id}" data-to="${to}" data-at="${receivedAt}">
<div class="facts"><span class="kind ${kind}">${kind === "sms" ? "SMS" : "Email"}</span>
<strong>${to}</strong> <span class="from">from ${from}</span>
<time datetime="${receivedAt}">${receivedAt.slice(11, 19)} UTC</time></div>
${subject ? html`<h2>${subject}</h2>` : NOTHING}
${code ? renderCode(code) : NOTHING}
${text ? html`<pre>${linkAddresses(text)}</pre>` : NOTHING}
${message.html ? renderFrame(id) : NOTHING}
</article>`;
}

const renderCode = (code: string): Html =>
  html`<button class="code" type="button" data-code="${code}" title="Copy">${code}</button>`;

// Loaded only when opened; what the mail may do there is decided in web.ts.
const renderFrame = (id: string): Html =>
  html`<details><summary>As HTML</summary>
<iframe loading="lazy" title="The message as HTML" src="/messages/${id}/html"
 sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>
</details>`;
