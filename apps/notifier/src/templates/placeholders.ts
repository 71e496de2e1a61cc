/** `{{name}}`, as it stands in every text of the catalogues and of TEMPLATES_DIR. */
const PLACEHOLDER = /\{\{\s*(?<name>[a-z_]*)\s*\}\}/gi;

/** The names in a text, as the compiler sees them. */
export type PlaceholdersOf<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}`
  ? Name | PlaceholdersOf<Rest>
  : never;

/** What stands for each name. */
export type Values = Readonly<Record<string, string>>;

/** The names in a text, each once. */
export const placeholdersIn = (text: string): string[] => [
  ...new Set(Array.from(text.matchAll(PLACEHOLDER), ({ groups }) => groups?.name ?? "")),
];

/** Puts the values in, each as `write` writes it. What is put in is not searched again. */
export const fill = (
  text: string,
  values: Values,
  write: (value: string) => string = String,
): string => text.replace(PLACEHOLDER, (_, name: string) => write(values[name] ?? ""));
