import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openSmsWorld, postCallback, type SmsWorld, sentMail } from "../testing/sms-world.ts";
import { makeSnsKey } from "../testing/sns-certificate.ts";
import { CERTIFICATE_URL, type Sns, sesBounce, snsMessage } from "../testing/sns-message.ts";
import { readRow } from "../testing/world.ts";

const postSns = (world: SmsWorld, message: Sns) =>
  postCallback(world, "/callbacks/ses", { body: JSON.stringify(message) });

test.for(["1", "2"])(
  "SES's bounce, signed version %s, ends the row and suppresses the address",
  async (version) => {
    const key = makeSnsKey();
    await using world = await openSmsWorld("*:twilio", async () => key.certificate);
    const id = await sentMail(world);
    const body = JSON.stringify(
      snsMessage(key, { Message: sesBounce(id), SignatureVersion: version }),
    );
    expect((await postCallback(world, "/callbacks/ses", { body })).statusCode).toBe(204);
    expect((await postCallback(world, "/callbacks/ses", { body })).statusCode).toBe(204);
    expect(await readRow(world, id)).toMatchObject({ status: "bounced", errorCode: "General" });
    expect((await readRow(world, id)).errorMessage).not.toContain("reader0");
    expect(await world.db.select().from(world.tables.suppressions)).toMatchObject([
      { channel: "email", reason: "hard_bounce", liftedAt: null },
    ]);
  },
);

test("a mailbox that was full is not suppressed", async () => {
  const key = makeSnsKey();
  await using world = await openSmsWorld("*:twilio", async () => key.certificate);
  const id = await sentMail(world);
  const body = JSON.stringify(snsMessage(key, { Message: sesBounce(id, "Transient") }));
  await postCallback(world, "/callbacks/ses", { body });
  expect(await readRow(world, id)).toMatchObject({ status: "bounced" });
  expect(await world.db.$count(world.tables.suppressions)).toBe(0);
});

test.for([
  ["another topic", { TopicArn: "arn:aws:sns:eu-west-1:1:evil" }],
  [
    "a certificate of another host",
    { SigningCertURL: "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem" },
  ],
  [
    "a host with a user before it",
    { SigningCertURL: "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem" },
  ],
  ["no TLS", { SigningCertURL: "http://sns.eu-west-1.amazonaws.com/a.pem" }],
  ["another port", { SigningCertURL: "https://sns.eu-west-1.amazonaws.com:8443/a.pem" }],
  ["an unknown version", { SignatureVersion: "3" }],
] as const)("SNS: %s is refused, and nobody is asked (A-37)", async ([, overrides]) => {
  const key = makeSnsKey();
  const asked: string[] = [];
  await using world = await openSmsWorld("*:twilio", async (url) => {
    asked.push(url.href);
    return key.certificate;
  });
  const id = await sentMail(world);
  const body = JSON.stringify(snsMessage(key, { Message: sesBounce(id), ...overrides }));
  expect((await postCallback(world, "/callbacks/ses", { body })).statusCode).toBe(403);
  expect(asked.filter((url) => !url.startsWith("https://sns.eu-west-1.amazonaws.com/"))).toEqual(
    [],
  );
  expect(await readRow(world, id)).toMatchObject({ status: "sent" });
});

test.for([
  // A bucket may be called so by whoever pays for it.
  "sns.evil.s3.amazonaws.com",
  "s3.eu-west-1.amazonaws.com",
  "evil-sns.eu-west-1.amazonaws.com",
  "a.sns.eu-west-1.amazonaws.com",
  "snsXeu-west-1.amazonaws.com",
  "sns.eu-west-1Xamazonaws.com",
  "sns.eu-west-1.amazonawsXcom",
  "sns.eu-west-1.amazonaws.comXcn",
  "sns.eu-west-1.amazonaws.com.evil",
  "sns.eu-west-1.amazonaws.com.cn.evil",
  "sns.amazonaws.com",
])("SNS: a certificate at %s is not even fetched (A-37)", async (host) => {
  const key = makeSnsKey();
  const asked: string[] = [];
  await using world = await openSmsWorld("*:twilio", async (url) => {
    asked.push(url.href);
    return key.certificate;
  });
  const SigningCertURL = CERTIFICATE_URL.replace("sns.eu-west-1.amazonaws.com", host);
  const message = snsMessage(key, { Message: sesBounce(randomUUID()), SigningCertURL });
  expect((await postSns(world, message)).statusCode).toBe(403);
  expect(asked).toEqual([]);
});

test.for(["sns.us-gov-west-1.amazonaws.com", "sns.cn-north-1.amazonaws.com.cn"])(
  "SNS: %s is one of theirs",
  async (host) => {
    const key = makeSnsKey();
    await using world = await openSmsWorld("*:twilio", async () => key.certificate);
    const SigningCertURL = CERTIFICATE_URL.replace("sns.eu-west-1.amazonaws.com", host);
    const message = snsMessage(key, { Message: sesBounce(randomUUID()), SigningCertURL });
    expect((await postSns(world, message)).statusCode).toBe(204);
  },
);

test("SNS: another key, a changed message and an expired certificate are refused", async () => {
  const [key, stranger] = [makeSnsKey(), makeSnsKey()];
  const old = makeSnsKey(new Date(Date.now() - 86_400_000));
  await using world = await openSmsWorld("*:twilio", async (url) =>
    url.pathname.includes("old") ? old.certificate : key.certificate,
  );
  const right = snsMessage(key, { Message: sesBounce(randomUUID()) });
  const oldUrl = CERTIFICATE_URL.replace("Simple", "old");
  const attacks = [
    snsMessage(stranger),
    { ...right, Message: sesBounce(randomUUID()) },
    snsMessage(old, { SigningCertURL: oldUrl }),
    { ...right, Signature: "" },
  ];
  for (const attack of attacks) {
    expect((await postSns(world, attack)).statusCode).toBe(403);
  }
  expect((await postSns(world, right)).statusCode).toBe(204);
});

test("a subscription is confirmed at Amazon and nowhere else", async () => {
  const key = makeSnsKey();
  const asked: string[] = [];
  await using world = await openSmsWorld("*:twilio", async (url) => {
    asked.push(url.href);
    return key.certificate;
  });
  const confirm = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=t";
  for (const SubscribeURL of [confirm, "https://evil.example/", "http://169.254.169.254/"]) {
    const message = snsMessage(key, { Type: "SubscriptionConfirmation", Token: "t", SubscribeURL });
    const answer = await postSns(world, message);
    expect(answer.statusCode).toBe(204);
  }
  expect(asked).toEqual([CERTIFICATE_URL, confirm]);
});
