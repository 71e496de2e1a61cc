import { randomUUID, sign } from "node:crypto";
import { TOPIC } from "./sms-world.ts";
import type { SnsKey } from "./sns-certificate.ts";

export const CERTIFICATE_URL =
  "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem";

export type Sns = Record<string, string>;

/** A notification of a topic of ours, signed. */
export function snsMessage(key: SnsKey, overrides: Sns = {}): Sns {
  const message: Sns = {
    Type: "Notification",
    MessageId: randomUUID(),
    TopicArn: TOPIC,
    Message: "{}",
    Timestamp: new Date().toISOString(),
    SignatureVersion: "2",
    SigningCertURL: CERTIFICATE_URL,
    ...overrides,
  };
  const fields = [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Subject",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
  ];
  const text = fields.flatMap((name) =>
    message[name] === undefined ? [] : `${name}\n${message[name]}\n`,
  );
  const algorithm = message.SignatureVersion === "1" ? "RSA-SHA1" : "RSA-SHA256";
  const signature = sign(algorithm, Buffer.from(text.join("")), key.privateKey);
  return { ...message, Signature: signature.toString("base64") };
}

/** What Amazon SES publishes of a mail that bounced. */
export const sesBounce = (deliveryId: string, bounceType = "Permanent") =>
  JSON.stringify({
    notificationType: "Bounce",
    mail: {
      messageId: "0100-ses",
      headers: [{ name: "X-Postern-Delivery", value: deliveryId }],
    },
    bounce: {
      bounceType,
      bounceSubType: "General",
      bouncedRecipients: [{ diagnosticCode: "smtp; 550 5.1.1 reader0@example.com unknown" }],
    },
  });
