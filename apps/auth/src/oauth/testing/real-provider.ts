import { generateKeyPairSync } from "node:crypto";
import { exportJWK } from "jose";
import { Provider } from "oidc-provider";
import { listen } from "./listen.ts";

export type RealProvider = Awaited<ReturnType<typeof startRealProvider>>;

/** It asks who it is and whether it may, with redirects between. */
const STEPS_MAX = 12;

type Claims = Record<string, unknown>;

/** Panva's oidc-provider on a free port: certified, and strict about PKCE. */
export async function startRealProvider(id: string, publicUrl = "http://127.0.0.1:3001") {
  const server = await listen();
  const accounts = new Map<string, Claims>();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
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
    jwks: { keys: [await exportJWK(privateKey)] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    cookies: { keys: ["of a test"] },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  });
  const answer = provider.callback();
  server.handle(async (request, response) => {
    if (!request.url?.startsWith("/interaction/")) {
      return answer(request, response);
    }
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    const accountId = session?.accountId ?? String(request.headers["x-login"]);
    const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
    grant.addOIDCScope(String(params.scope));
    const result =
      prompt.name === "login"
        ? { login: { accountId } }
        : { consent: { grantId: await grant.save() } };
    return provider.interactionFinished(request, response, result);
  });
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

async function walk(address: string, login: string): Promise<string> {
  const home = new URL(address).origin;
  const jar = new Map<string, string>();
  let url = address;
  for (let turn = 0; turn < STEPS_MAX && url.startsWith(home); turn += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { redirect: "manual", headers: { cookie, "x-login": login } });
    const location = answer.headers.get("location");
    if (location === null) {
      throw new Error(`The provider answered ${answer.status} ${await answer.text()}`);
    }
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    url = new URL(location, url).href;
  }
  return url;
}
