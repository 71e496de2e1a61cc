import { openMessage } from "@postern/messages";
import { eq } from "drizzle-orm";
import type { World } from "./world.ts";

export const password = "correct horse battery staple";

export type CallOptions = {
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** The address of the socket. */
  from?: string;
};

/** `call(world, "POST /login", { body })`. Tests say what they expect of the body. */
export async function call(world: Pick<World, "app">, line: string, options: CallOptions = {}) {
  const [method = "", url = ""] = line.split(" ");
  const { body, token, headers, from = "192.0.2.7" } = options;
  const answer = await world.app.inject({
    method: method as "GET" | "POST" | "PATCH" | "DELETE",
    url: `/api/auth${url}`,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    remoteAddress: from,
    ...(body === undefined ? {} : { payload: body as object }),
  });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    // biome-ignore lint/suspicious/noExplicitAny: a test fails where the answer is not what it reads.
    body: (answer.body === "" ? null : answer.json()) as any,
  };
}

/** Opens an account in open mode and answers what the client got. */
export async function signUp(world: World, email = "ada@example.com") {
  const answer = await call(world, "POST /signup", { body: { email, password, name: "Ada" } });
  if (answer.status !== 201) {
    throw new Error(`sign-up answered ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return answer.body as {
    accessToken: string;
    refreshToken: string;
    deviceToken: string;
    user: { id: string };
  };
}

/** The code of the newest message that is queued for a challenge, derived as the notifier would. */
export async function readCode({ db, tables, ...keys }: World, challengeId: string) {
  const { emailDeliveryLog: mails, smsDeliveryLog: texts } = tables;
  const rows = [
    ...(await db.select().from(mails).where(eq(mails.challengeId, challengeId))),
    ...(await db.select().from(texts).where(eq(texts.challengeId, challengeId))),
  ];
  const row = rows
    .filter(({ sealedPayload }) => sealedPayload !== null)
    .sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime())[0];
  if (!row) {
    throw new Error("No message is queued for this challenge.");
  }
  const { code } = openMessage(keys, row as Parameters<typeof openMessage>[1]);
  if (!code) {
    throw new Error("The message holds no code.");
  }
  return code;
}
