import { BenchError } from "../bench-error.ts";
import type { Target } from "./load.ts";
import { emailOf, PASSWORD, type World } from "./open-world.ts";

export type Tokens = { readonly accessToken: string; readonly refreshToken: string };

/** Sessions of so many people, from that one on. */
export function signInMany(world: World, first: number, count: number): Promise<Tokens[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { body } = await world.postern.send({
        method: "POST",
        path: "/api/auth/login",
        headers: { "x-forwarded-for": world.nextAddress() },
        body: { email: emailOf(first + n), password: PASSWORD },
      });
      return JSON.parse(body);
    }),
  );
}

/** The cookies of so many sessions of better-auth. */
export function cookiesOf(target: Target, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { cookies } = await target.send({
        method: "POST",
        path: "/api/auth/sign-in/email",
        body: { email: emailOf(n), password: PASSWORD },
      });
      const cookie = cookies.find((it) => it.includes("session_token="))?.split(";")[0];
      if (!cookie) throw new BenchError("better-auth set no session cookie.");
      return cookie;
    }),
  );
}
