import type { World } from "@postern/auth/testing/world";
import { type ClientOptions, createClient, type PosternError } from "../index.ts";
import { memoryStorage, type SessionStorage } from "../session-storage.ts";

export const ada = {
  email: "ada@example.com",
  password: "correct horse battery staple",
  name: "Ada Lovelace",
};

/** A storage that tests look into, as a shared one of a browser would be. */
export const openStorage = (name = "") => ({ ...memoryStorage(), name });

/** A client of a listening service, and what went over its wire. */
export function watchClient(
  { url }: World & { url: string },
  options: Partial<ClientOptions> = {},
) {
  const lines: string[] = [];
  const ends: PosternError[] = [];
  const { fetch = (request: Request) => globalThis.fetch(request), ...rest } = options;
  const client = createClient({
    baseUrl: url,
    onSignedOut: (reason) => ends.push(reason),
    fetch: (request) => {
      lines.push(`${request.method} ${new URL(request.url).pathname}`);
      return fetch(request);
    },
    ...rest,
  });
  const count = (line: string) => lines.filter((it) => it === line).length;
  return { client, lines, ends, refreshes: () => count("POST /api/auth/refresh") };
}

/** What the client's own clock would say after the token's life. */
export async function letTokenEnd(storage: SessionStorage) {
  const kept = (await storage.read())!;
  await storage.write({ ...kept, session: { ...kept.session!, freshUntil: Date.now() - 1 } });
}
