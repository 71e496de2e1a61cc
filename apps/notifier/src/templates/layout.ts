import { Html, html } from "./html.ts";

export type Frame = Readonly<{
  locale: string;
  subject: string;
  appName: string;
  signature: string;
  content: readonly Html[];
}>;

// Mail programs that know dark mode ask; the others keep the inline colours or turn them themselves.
const DARK = `
@media (prefers-color-scheme: dark) {
  .page { background: #18181b !important; }
  .card { background: #27272a !important; }
  .ink { color: #f4f4f5 !important; }
  .quiet { color: #a1a1aa !important; }
  .code { background: #3f3f46 !important; color: #ffffff !important; }
  .button { background: #f4f4f5 !important; color: #18181b !important; }
}`;

const FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,sans-serif";

/**
 * The frame of every mail: tables and inline styles, which Outlook's Word and Gmail both read, one
 * column, system fonts, no picture, nothing loaded from anywhere, so that nobody learns that it was
 * opened. `format-detection` keeps telephones from making a number to call of the code.
 */
export const layout = ({ locale, subject, appName, signature, content }: Frame): string =>
  html`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">
<title>${subject}</title>
<style>:root { color-scheme: light dark; }${new Html(DARK)}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f4f4f5">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f4f5">
<tr><td align="center" style="padding:32px 16px">
<table role="presentation" width="480" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:480px">
<tr><td class="card" align="left" style="padding:32px 32px 16px;background:#ffffff;border-radius:12px">
<p class="ink" style="margin:0 0 24px;${new Html(FONT)};font-size:16px;line-height:24px;font-weight:bold;color:#18181b">${appName}</p>
${new Html(content.map(({ text }) => text).join("\n"))}
</td></tr>
<tr><td align="left" style="padding:16px 32px"><p class="quiet" style="margin:0;${new Html(FONT)};font-size:13px;line-height:20px;color:#71717a">${signature}</p></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`.text;

const ink = (quiet: boolean): Html =>
  quiet
    ? new Html("font-size:14px;line-height:22px;color:#71717a")
    : new Html("font-size:16px;line-height:24px;color:#18181b");

/** A paragraph; its line breaks stay. */
export const paragraph = (text: string, isQuiet = false): Html =>
  html`<p class="${isQuiet ? "quiet" : "ink"}" style="margin:0 0 16px;${new Html(FONT)};${ink(isQuiet)}">${breakLines(text)}</p>`;

const breakLines = (text: string): Html =>
  new Html(
    text
      .split("\n")
      .map((line) => html`${line}`.text)
      .join("<br>"),
  );

export const codeBlock = (code: string): Html =>
  html`<p class="code" style="margin:0 0 16px;padding:16px;background:#f4f4f5;border-radius:8px;font-family:Menlo,Consolas,monospace;font-size:32px;line-height:40px;font-weight:bold;letter-spacing:4px;text-align:center;color:#18181b">${code}</p>`;

/** A button, and the same address to copy where buttons do not work. */
export const linkBlock = (url: string, label: string): Html =>
  html`<p style="margin:0 0 16px;text-align:center"><a class="button" href="${url}" style="display:inline-block;padding:12px 24px;background:#18181b;border-radius:8px;${new Html(FONT)};font-size:16px;line-height:24px;font-weight:bold;color:#ffffff;text-decoration:none">${label}</a></p>
<p class="quiet" style="margin:0 0 16px;${new Html(FONT)};font-size:13px;line-height:20px;color:#71717a;word-break:break-all">${url}</p>`;
