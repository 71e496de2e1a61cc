import { isIP } from "node:net";
import { bad, type Check, type Deployment, type Finding, good } from "./check.ts";

const ANSWER_MILLISECONDS = 5_000;

export const checkPublicUrl: Check = {
  name: "public url",
  look: async ({ publicUrl }) => {
    const { protocol, hostname, host } = new URL(publicUrl);
    if (protocol === "https:") return good(`https, ${host}`);
    const isHere = hostname === "localhost" || hostname === "[::1]" || isLoopback(hostname);
    return isHere
      ? good("http on this machine alone, as in development")
      : bad("PUBLIC_URL is http: passwords would travel in clear");
  },
};

const isLoopback = (hostname: string): boolean =>
  isIP(hostname) === 4 && hostname.startsWith("127.");

const readiness = (service: keyof Deployment["services"]): Check => ({
  name: service,
  look: async ({ services }) => ask(`${services[service]}/ready`),
});

export const checkAuth = readiness("auth");
export const checkNotifier = readiness("notifier");

/** Readiness itself asks the database and Redis, and names what is missing there. */
async function ask(url: string): Promise<Finding> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MILLISECONDS);
    const answer = await fetch(url, { signal, redirect: "error" });
    await answer.body?.cancel();
    return answer.ok ? good(`${url} is ready`) : bad(`${url} answers ${answer.status}`);
  } catch {
    return bad(`${url} does not answer`);
  }
}
