import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { findFreePort, startInbox, startSmsProviders } from "@postern/devkit";
import { expect, test } from "vitest";
import { isSignedBody, SIGNATURE_HEADER } from "../webhooks/signed-body.ts";
import { createAfricasTalkingChannel } from "./africas-talking.ts";
import { createSmsInbox } from "./sms-inbox.ts";
import { createSmsWebhook } from "./sms-webhook.ts";
import { createTwilioChannel } from "./twilio.ts";

const never = new AbortController().signal;
const message = {
  deliveryId: "0198c0de-0000-7000-8000-00000000000a",
  to: "+254712345678",
  text: "123456 is your code",
  country: "KE",
  secondsLeft: 287.9,
};
const endingIn = (digits: string) => ({ ...message, to: `+2547000${digits}` });

async function openBoth() {
  const providers = await startSmsProviders();
  const { url: baseUrl } = providers;
  return {
    providers,
    twilio: createTwilioChannel({
      ...providers.twilio,
      from: "+15005550006",
      baseUrl,
      callbackUrl: null,
    }),
    africasTalking: createAfricasTalkingChannel({
      ...providers.africasTalking,
      from: "POSTERN",
      baseUrl,
    }),
    [Symbol.asyncDispose]: () => providers[Symbol.asyncDispose](),
  };
}

test("Twilio's own SDK sends, with the seconds that the code still lives, and learns the price later", async () => {
  await using world = await openBoth();
  const answer = await world.twilio.send(message, never);
  expect(answer).toMatchObject({ sent: true, provider: "twilio" });
  const [taken] = world.providers.taken();
  expect(taken).toMatchObject({ to: message.to, text: message.text, validitySeconds: 287 });
  await world.providers.settle();
  const cost = await world.twilio.lookUp(taken!.id);
  expect(cost).toEqual({ micros: 7_500, currency: "USD" });
});

test("Africa's Talking sends and says at once what it costs", async () => {
  await using world = await openBoth();
  expect(await world.africasTalking.send(message, never)).toEqual({
    sent: true,
    provider: "africas_talking",
    providerMessageId: world.providers.taken()[0]!.id,
    cost: { micros: 800_000, currency: "KES" },
  });
  expect(world.providers.taken()).toMatchObject([{ from: "POSTERN", to: message.to }]);
});

test.for([
  { digits: "21211", isFinal: true, errorCode: "21211" },
  { digits: "21610", isFinal: true, errorCode: "21610", isOptOut: true },
  { digits: "21614", isFinal: true, errorCode: "21614" },
  { digits: "21408", isFinal: false, errorCode: "21408" },
  { digits: "20429", isFinal: false, errorCode: "20429" },
  { digits: "50300", isFinal: false, errorCode: "http_503" },
  { digits: "50000", isFinal: false, errorCode: "answer_lost", isAnswerLost: true },
  { digits: "44400", isFinal: false, errorCode: "answer_lost", isAnswerLost: true },
])("Twilio's $digits is read as what it is", async ({ digits, ...refusal }) => {
  await using world = await openBoth();
  const answer = await world.twilio.send(endingIn(digits), never);
  expect(answer).toMatchObject({ sent: false, ...refusal });
  expect(JSON.stringify(answer)).not.toContain(endingIn(digits).to.slice(4));
});

test.for([
  { digits: "10403", isFinal: true, errorCode: "403" },
  { digits: "10404", isFinal: true, errorCode: "404" },
  { digits: "10406", isFinal: true, errorCode: "406", isOptOut: true },
  { digits: "10405", isFinal: false, errorCode: "405" },
  { digits: "10407", isFinal: false, errorCode: "407" },
  { digits: "10502", isFinal: false, errorCode: "502" },
  { digits: "50300", isFinal: false, errorCode: "http_503" },
  { digits: "44400", isFinal: false, errorCode: "answer_lost", isAnswerLost: true },
])("Africa's Talking's $digits is read as what it is", async ({ digits, ...refusal }) => {
  await using world = await openBoth();
  const answer = await world.africasTalking.send(endingIn(digits), never);
  expect(answer).toMatchObject({ sent: false, ...refusal });
});

test("wrong credentials are a fault of ours: another provider may be asked", async () => {
  await using world = await openBoth();
  const { url: baseUrl, twilio, africasTalking } = world.providers;
  const options = { from: "+15005550006", baseUrl, callbackUrl: null };
  const channels = [
    createTwilioChannel({ ...twilio, authToken: "0".repeat(32), ...options }),
    createAfricasTalkingChannel({ ...africasTalking, apiKey: "wrong", from: null, baseUrl }),
  ];
  for (const channel of channels) {
    expect(await channel.send(message, never)).toMatchObject({ sent: false, isFinal: false });
  }
  expect(world.providers.taken()).toEqual([]);
});

test("a provider that says nothing is left when the attempt is cut off, and may have sent", async () => {
  await using world = await openBoth();
  for (const channel of [world.twilio, world.africasTalking]) {
    const signal = AbortSignal.timeout(200);
    const answer = await channel.send(endingIn("40800"), signal);
    expect(answer).toMatchObject({ sent: false, isAnswerLost: true });
  }
  expect(world.providers.taken()).toHaveLength(2);
});

test("a provider that nobody can reach has certainly sent nothing", async () => {
  const baseUrl = `http://127.0.0.1:${await findFreePort()}`;
  const account = { accountSid: `AC${"0".repeat(32)}`, authToken: "t" };
  const channels = [
    createTwilioChannel({ ...account, from: "+15005550006", baseUrl, callbackUrl: null }),
    createAfricasTalkingChannel({ username: "u", apiKey: "k", from: null, baseUrl }),
    createSmsWebhook({ url: baseUrl, secret: "s", now: () => new Date() }),
    createSmsInbox({ url: baseUrl, from: "Postern" }),
  ];
  for (const channel of channels) {
    const answer = await channel.send(message, never);
    expect(answer).toMatchObject({ sent: false, errorCode: "network_econnrefused" });
  }
});

test("a service of one's own gets the message signed, and its answer counts", async () => {
  const secret = "a secret of two services";
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const signature = String(request.headers[SIGNATURE_HEADER]);
    const isOurs = isSignedBody(secret, { body, signature }, new Date());
    bodies.push(body);
    const status = JSON.parse(body).to.endsWith("0") ? 422 : 200;
    response.writeHead(isOurs ? status : 401).end('{"id":"m-1"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms`;
  const now = () => new Date();
  const channel = createSmsWebhook({ url, secret, now });
  expect(await channel.send(message, never)).toEqual({
    sent: true,
    provider: "webhook",
    providerMessageId: "m-1",
  });
  expect(JSON.parse(bodies[0]!)).toMatchObject({ to: message.to, validSeconds: 287 });
  const refused = await channel.send({ ...message, to: "+254712345670" }, never);
  expect(refused).toMatchObject({ sent: false, isFinal: true });
  const stranger = createSmsWebhook({ url, secret: "another secret", now });
  expect(await stranger.send(message, never)).toMatchObject({ errorCode: "http_401" });
  server.close();
  server.closeAllConnections();
});

test("in development a text message stands in the inbox", async () => {
  await using inbox = await startInbox();
  const channel = createSmsInbox({ url: inbox.webUrl, from: "Postern" });
  expect(await channel.send(message, never)).toMatchObject({ sent: true, provider: "inbox" });
  expect(inbox.messages()).toMatchObject([{ kind: "sms", to: message.to, code: "123456" }]);
});
