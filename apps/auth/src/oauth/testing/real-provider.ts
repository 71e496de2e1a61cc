import { Provider } from "oidc-provider";
import { listen } from "./listen.ts";

export type RealProvider = Awaited<ReturnType<typeof startRealProvider>>;

type Claims = Record<string, unknown>;

/** Panva's oidc-provider on a free port: certified, and strict about PKCE. */
export async function startRealProvider(id: string, publicUrl = "http://127.0.0.1:3001") {
  const server = await listen();
  const accounts = new Map<string, Claims>();
  const clientId = `postern-at-${id}`;
  const clientSecret = `secret-of-${id}-0123456789abcdef0123456789`;
  const provider = new Provider(server.url, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [`${publicUrl}/api/auth/oauth/${id}/callback`],
      },
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({ sub, ...accounts.get(sub) }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ["of a test"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  server.handle(provider.callback());
  return {
    id,
    issuer: server.url,
    accounts,
    environment: {
      [`OIDC_${id.toUpperCase()}_ISSUER`]: server.url,
      [`OIDC_${id.toUpperCase()}_CLIENT_ID`]: clientId,
      [`OIDC_${id.toUpperCase()}_CLIENT_SECRET`]: clientSecret,
    },
    /** Goes there as a browser, signs in and consents: the address that it is sent back to. */
    visit: (address: string, sub: string) => walk(address, sub),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function walk(address: string, sub: string): Promise<string> {
  const home = new URL(address).origin;
  const jar = new Map<string, string>();
  let form: URLSearchParams | null = null;
  let next = address;
  for (let turn = 0; turn < 12; turn += 1) {
    const answer: Response = await fetch(next, {
      redirect: "manual",
      method: form ? "POST" : "GET",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { body: form } : {}),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = cookie.split(";", 1)[0]?.split("=") ?? [];
      jar.set(name, value);
    }
    const location = answer.headers.get("location");
    form = null;
    if (location !== null) {
      next = new URL(location, next).href;
      if (!next.startsWith(home)) {
        return next;
      }
      continue;
    }
    const page = await answer.text();
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (prompt === undefined) {
      throw new Error(`The provider answered ${answer.status}: ${page.slice(0, 300)}`);
    }
    form = new URLSearchParams({ prompt, login: sub, password: "any" });
  }
  throw new Error("The provider never sent the browser back.");
}
