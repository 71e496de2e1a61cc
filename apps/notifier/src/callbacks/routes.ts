import { equalConstantTime, normalisePhone } from "@postern/crypto";
import { callbackPath, liftSuppression, suppressRecipient } from "@postern/messages";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Deps } from "../deps.ts";
import { isSignedBody, SIGNATURE_HEADER } from "../webhooks/signed-body.ts";
import { readAfricasTalkingReceipt } from "./africas-talking-callback.ts";
import { readInboundWord } from "./inbound-word.ts";
import { readPostmarkReceipt } from "./postmark-callback.ts";
import type { Receipt } from "./receipt.ts";
import { recordReceipt } from "./record-receipt.ts";
import { readSesReceipt } from "./ses-callback.ts";
import { readSnsUrl, type SnsMessage, type SnsOptions, type SnsReader } from "./sns.ts";
import { type Callback, readTwilioForm, readTwilioReceipt } from "./twilio-callback.ts";
import { readWebhookReceipt } from "./webhook-callback.ts";

type CallbackSettings = Readonly<{
  /** Where providers reach us; null where they cannot, and Twilio can prove nothing. */
  publicUrl: string | null;
  twilioAuthToken: string | null;
  webhookSecret: string | null;
}>;

export type CallbackOptions = Readonly<{
  deps: Deps;
  settings: CallbackSettings;
  readSns: SnsReader;
  fetchText: SnsOptions["fetchText"];
}>;

/** SES repeats all headers of a mail, escaped twice. */
const BODY_BYTES_MAX = 256 * 1_024;

type Handler = (callback: Callback) => Promise<Receipt | "ignored" | "refused">;

/**
 * Where providers report. Each one proves itself by a signature over the raw body, or by a path
 * that only it knows; who does not gets 403 and changes nothing. What it reports twice,
 * late or in another order ends the same.
 */
export const callbackRoutes: FastifyPluginAsync<CallbackOptions> = async (app, options) => {
  const { deps } = options;
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  const on = (path: string, handler: Handler) =>
    app.post(path, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
      const answer = await handler(callbackOf(request));
      if (answer === "refused") return refuse(deps, request, reply);
      if (answer !== "ignored") await recordReceipt(deps, answer);
      return reply.code(204).send();
    });

  on("/callbacks/twilio", async (callback) => {
    const fields = readTwilio(callback, options.settings);
    return fields ? (readTwilioReceipt(fields, callback.path) ?? "ignored") : "refused";
  });
  on("/callbacks/webhook", async ({ body, header }) => {
    const secret = options.settings.webhookSecret;
    const signature = header(SIGNATURE_HEADER);
    const isTheirs = secret && isSignedBody(secret, { body, signature }, deps.now());
    return isTheirs ? (readWebhookReceipt(body) ?? "ignored") : "refused";
  });
  on("/callbacks/ses", async ({ body }) => {
    const message = await options.readSns(body);
    return message ? answerSns(message, options) : "refused";
  });
  on("/callbacks/africas_talking/:secret", async ({ path, body }) =>
    isSecretPath(deps, "africas_talking", path)
      ? (readAfricasTalkingReceipt(body) ?? "ignored")
      : "refused",
  );
  on("/callbacks/postmark/:secret", async ({ path, body }) =>
    isSecretPath(deps, "postmark", path) ? (readPostmarkReceipt(body) ?? "ignored") : "refused",
  );
  app.post("/callbacks/twilio/inbound", async (request, reply) => {
    const fields = readTwilio(callbackOf(request), options.settings);
    if (!fields) return refuse(deps, request, reply);
    await takeInbound(deps, fields);
    return reply.type("text/xml").send("<Response/>");
  });
};

const callbackOf = ({ url, headers, body }: FastifyRequest): Callback => ({
  path: url,
  header: (name) => String(headers[name] ?? ""),
  body: typeof body === "string" ? body : "",
});

function readTwilio(callback: Callback, { twilioAuthToken, publicUrl }: CallbackSettings) {
  if (!twilioAuthToken || publicUrl === null) return null;
  return readTwilioForm(callback, { authToken: twilioAuthToken, publicUrl });
}

const isSecretPath = (
  { digestKeys }: Deps,
  provider: "africas_talking" | "postmark",
  path: string,
): boolean => equalConstantTime(path.split("?")[0] ?? "", callbackPath(digestKeys, provider));

async function answerSns(message: SnsMessage, { fetchText }: CallbackOptions) {
  if (message.Type === "Notification") return readSesReceipt(message.Message) ?? "ignored";
  const url = message.Type === "SubscriptionConfirmation" && readSnsUrl(message.SubscribeURL);
  if (url) await fetchText(url);
  return "ignored";
}

/** STOP by text message; the carrier and Twilio obey it too, other providers would not. */
async function takeInbound(deps: Deps, fields: ReadonlyMap<string, string>): Promise<void> {
  const to = normalisePhone(fields.get("From") ?? "");
  const word = readInboundWord(fields.get("OptOutType") ?? fields.get("Body") ?? "");
  if (to === null || word === null) return;
  const recipient = { channel: "sms", to } as const;
  if (word === "stop") await suppressRecipient(deps, recipient, "opt_out");
  else await liftSuppression(deps, recipient, "opt_out");
}

function refuse({ metrics, log }: Deps, request: FastifyRequest, reply: FastifyReply) {
  const [, , provider = ""] = (request.routeOptions.url ?? "").split("/");
  metrics.countReceipt({ provider, status: "unknown", end: "refused" });
  log.warn({ provider }, "a receipt without proof was refused");
  return reply
    .code(403)
    .type("application/problem+json")
    .send({
      type: "urn:postern:problem:forbidden",
      title: "This callback does not prove whom it comes from.",
      status: 403,
      code: "forbidden",
      instance: `urn:postern:request:${request.id}`,
    });
}
