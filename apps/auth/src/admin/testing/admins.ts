import { eq } from "drizzle-orm";
import { type CallOptions, signUp } from "../../testing/client.ts";
import type { World } from "../../testing/world.ts";

/** `callAdmin(world, "GET /overview", { token })`. */
export async function callAdmin(world: World, line: string, options: CallOptions = {}) {
  const [method = "", url = ""] = line.split(" ");
  const { body, token, headers } = options;
  const answer = await world.app.inject({
    method: method as "GET" | "POST",
    url: `/api/admin${url}`,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    remoteAddress: "192.0.2.200",
    ...(body === undefined ? {} : { payload: body as object }),
  });
  return {
    status: answer.statusCode,
    // biome-ignore lint/suspicious/noExplicitAny: a test fails where the answer is not what it reads.
    body: (answer.body === "" ? null : answer.json()) as any,
  };
}

/** As an operator would by `pnpm postern admin create`. */
export async function setRole(world: World, userId: string, role: "admin" | "user") {
  const { users } = world.tables;
  await world.owner.update(users).set({ role }).where(eq(users.id, userId));
}

export async function signUpAdmin(world: World, email = "root@example.com") {
  const signedUp = await signUp(world, email);
  await setRole(world, signedUp.user.id, "admin");
  return { ...signedUp, token: signedUp.accessToken, id: signedUp.user.id };
}
