import { type Html, html } from "./html.ts";
import type { Sender } from "./sender.ts";

/**
 * The frame of every mail: one column, system fonts, no picture, no link, nothing loaded from
 * anywhere, so that a client shows it as it is and nobody learns that it was opened.
 */
export const layout = ({ appName, host }: Sender, content: Html): string =>
  html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;font:16px/1.5 system-ui,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
<p style="margin:0 0 16px;font-weight:600">${appName}</p>
${content}
</div>
<p style="max-width:480px;margin:16px auto 0;font-size:13px;color:#71717a">${signature(appName, host)}</p>
</body>
</html>
`.text;

export const signature = (appName: string, host: string | null): string =>
  host === null ? `Sent by ${appName}.` : `Sent by ${appName}, ${host}.`;
