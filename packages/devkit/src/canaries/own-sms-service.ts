import { createHmac, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";

type Asked = { deliveryId: string; to: string; text: string };

export type OwnSmsService = AsyncDisposable & {
  readonly url: string;
  readonly secret: string;
  /** What it took, the oldest first. */
  taken(): readonly Asked[];
};

/** The last five digits of a number that it refuses, and of one that it reports as not reached. */
export const OWN_FATES = { text_refused: "42200", undelivered: "42201" } as const;

/**
 * An operator's own service behind SMS_WEBHOOK_URL. It is a careless one: number and text stand in
 * each of its refusals and reports.
 */
export async function startOwnSmsService(reportUrl: string): Promise<OwnSmsService> {
  const secret = "a secret of the operator and of their own service";
  const taken: Asked[] = [];
  const reports: Promise<unknown>[] = [];

  const sign = (body: string) => {
    const at = Math.floor(Date.now() / 1_000);
    return `t=${at},v1=${createHmac("sha256", secret).update(`${at}.${body}`).digest("hex")}`;
  };

  function report(id: string, { deliveryId, to, text }: Asked): void {
    const isLost = to.endsWith(OWN_FATES.undelivered);
    const status = isLost ? "undelivered" : "delivered";
    const errorMessage = `${to} ${status}: ${text}`;
    const body = JSON.stringify({ id, deliveryId, status, errorMessage });
    const headers = { "content-type": "application/json", "x-postern-signature": sign(body) };
    reports.push(fetch(reportUrl, { method: "POST", body, headers }));
  }

  function answer(asked: Asked): { status: number; body: object } {
    if (asked.to.endsWith(OWN_FATES.text_refused)) {
      return { status: 422, body: { error: `Nobody has ${asked.to}. Not sent: ${asked.text}` } };
    }
    const id = randomUUID();
    taken.push(asked);
    report(id, asked);
    return { status: 200, body: { id } };
  }

  const server = createServer(async (request, response) => {
    const { status, body } = answer(JSON.parse(await readText(request)) as Asked);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/texts`,
    secret,
    taken: () => taken,
    async [Symbol.asyncDispose]() {
      await Promise.all(reports);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
