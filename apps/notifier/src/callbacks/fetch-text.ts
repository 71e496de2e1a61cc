const MILLISECONDS_MAX = 5_000;
const CHARACTERS_MAX = 65_536;

/** Reads a small text of a host that was checked before. No redirect leads elsewhere. */
export async function fetchText(url: URL): Promise<string> {
  const signal = AbortSignal.timeout(MILLISECONDS_MAX);
  const answer = await fetch(url, { redirect: "error", signal });
  const text = await answer.text();
  if (!answer.ok || text.length > CHARACTERS_MAX) throw new Error(`${url.host} did not answer.`);
  return text;
}
