import { type Html, html } from "./html.ts";

/** A message as it looks, of made-up data. */
type Preview = Readonly<{
  name: string;
  locale: string;
  channel: "email" | "sms";
  /** Of a mail. */
  subject?: string;
  text: string;
  html?: string;
  /** Of a text message. */
  length: Readonly<{ encoding: string; segments: number }> | null;
}>;

export type Previews = Readonly<{ previews: readonly Preview[]; faults: readonly string[] }>;

/** The mail of that name in that language, as HTML. */
export const previewHtml = ({ previews }: Previews, params: URLSearchParams): string | undefined =>
  previews.find(
    ({ name, locale }) => name === params.get("name") && locale === params.get("locale"),
  )?.html;

/** Every template in one language. No script: another language is another address. */
export function renderPreviewPage({ previews, faults }: Previews, wanted: string | null): string {
  const locales = [...new Set(previews.map(({ locale }) => locale))];
  const locale = locales.find((it) => it === wanted) ?? locales[0] ?? "en";
  const shown = previews.filter((it) => it.locale === locale);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Templates</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header>
<h1>Templates</h1>
<nav aria-label="Languages">${locales.map((it) => renderLocale(it, it === locale))}</nav>
<a href="/">Inbox</a>
</header>
<main>
${faults.map((fault) => html`<pre class="fault" role="alert">${fault}</pre>`)}
${shown.map(renderPreview)}
</main>
</body>
</html>
`.markup;
}

const renderLocale = (locale: string, isCurrent: boolean): Html =>
  isCurrent
    ? html`<a href="/preview?locale=${locale}" aria-current="page">${locale}</a>`
    : html`<a href="/preview?locale=${locale}">${locale}</a>`;

function renderPreview({ name, locale, channel, subject = "", text, length }: Preview): Html {
  const where = `name=${encodeURIComponent(name)}&locale=${encodeURIComponent(locale)}`;
  const shown =
    channel === "sms"
      ? html`<pre class="bubble">${text}</pre>`
      : html`<h2>${subject}</h2>
<iframe class="preview" loading="lazy" title="${name} in ${locale}" src="/preview/html?${where}"
 sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>
<details><summary>As text</summary><pre>${text}</pre></details>`;
  const counted = length
    ? `${length.segments} × ${length.encoding}, ${text.length} characters`
    : "";
  return html`<article id="${name}"><div class="facts"><span class="kind">${
    channel === "sms" ? "SMS" : "Email"
  }</span><strong>${name}</strong><span>${counted}</span></div>
${shown}
</article>`;
}
