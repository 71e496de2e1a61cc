/** Text that is HTML already. Made by `html` alone, so what is not escaped stands in our source. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** A tagged template: what is put in is escaped, unless it came from this tag itself. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const filled = values.map((value) => (value instanceof Html ? value.text : escapeHtml(value)));
  return new Html(String.raw({ raw: parts }, ...filled));
}
