import { type CallOptions, call } from "./client.ts";
import type { World } from "./world.ts";

export const PAGE = { origin: "http://127.0.0.1:3001", "content-type": "application/json" };

/** A browser as far as cookies go: it keeps what it is given and sends it with every call. */
export function openBrowser(world: Pick<World, "app">) {
  const jar = new Map<string, string>();
  return {
    jar,
    /** What was set last, attributes and all. */
    setCookies: [] as string[],
    async call(line: string, { headers, ...options }: CallOptions = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await call(world, line, {
        ...options,
        headers: { ...(cookie === "" ? {} : { cookie }), ...(headers ?? PAGE) },
      });
      this.setCookies = [answer.headers["set-cookie"] ?? []].flat();
      for (const cookieSet of this.setCookies) {
        keep(jar, cookieSet);
      }
      return answer;
    },
    /** Headers of a page that has asked for its CSRF token. */
    async withCsrf(): Promise<Record<string, string>> {
      const { body } = await this.call("GET /csrf", { headers: {} });
      return { ...PAGE, "x-csrf-token": body.csrfToken };
    },
  };
}

function keep(jar: Map<string, string>, setCookie: string): void {
  const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? [];
  if (value === "") {
    jar.delete(name);
  } else {
    jar.set(name, value);
  }
}
