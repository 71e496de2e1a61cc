/** The languages that our own templates speak; the first is what others fall back to. */
const locales = ["en", "sw", "fr"] as const;

const RANGE =
  /^(?<language>[a-z]{2,8}|\*)(?:-[a-z0-9]{1,8})*(?:;q=(?<weight>[01](?:\.\d{0,3})?))?$/;

/**
 * The language in which to write to somebody, from the Accept-Language of their request (RFC 9110
 * section 12.5.4): the one they weigh most among those we speak, the first named among equals.
 * English where there is none. It is what `locale` of a message takes.
 */
export function chooseLocale(acceptLanguage: string | null | undefined): (typeof locales)[number] {
  const ranges = (acceptLanguage ?? "")
    .toLowerCase()
    .split(",")
    .map((range) => RANGE.exec(range.replaceAll(/\s/g, ""))?.groups)
    .map((groups) => ({ language: groups?.language, weight: Number(groups?.weight ?? 1) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { language } of ranges) {
    const spoken = locales.find((locale) => locale === language);
    if (spoken) return spoken;
  }
  return locales[0];
}
