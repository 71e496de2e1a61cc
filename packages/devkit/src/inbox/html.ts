const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Markup that was made here, as opposed to text that somebody sent. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (c) => ENTITIES[c] ?? c);

type Part = Html | string | readonly Html[];

function markupOf(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (typeof part === "string") return escapeHtml(part);
  return part.map(({ markup }) => markup).join("");
}

/** A template whose every value is escaped, unless it is itself such a template. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(String.raw({ raw: strings }, ...parts.map(markupOf)));

const ADDRESS = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** Text with its web addresses made links; everything else is escaped. */
export function linkAddresses(text: string): readonly Html[] {
  const parts: Html[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(html`${text.slice(end, index)}`);
    parts.push(html`<a href="${address}" target="_blank" rel="noopener noreferrer">${address}</a>`);
    end = index + address.length;
  }
  return [...parts, html`${text.slice(end)}`];
}
