import {
  type MessageKind,
  type MessageName,
  messages,
  type OpenedMessage,
} from "@postern/messages";

const SAMPLES: Readonly<Record<string, string>> = {
  until: "2026-11-21T19:45:00Z",
  at: "2026-11-21T19:20:00Z",
  since: "2026-11-21T19:10:00Z",
  device: "Firefox on Linux",
  address: "192.0.2.0/24",
  failures: "4",
  method: "totp",
  left: "7",
  to: "n***@example.com",
  phone: "+254*****111",
  provider: "google",
  prefix: "pk_4f2a",
  event: "token_reuse_detected",
  severity: "critical",
  count: "12",
  detail: "Look at security_events for the rows.",
};

/** A message as it might be, to try a template on: the longest code, and nobody's data. */
export function sampleMessage(name: MessageName): OpenedMessage {
  const { digits, link, variables }: MessageKind = messages[name];
  return {
    name,
    to: messages[name].channel === "sms" ? "+254722000111" : "ada@example.com",
    variables: Object.fromEntries(variables.map((it) => [it, SAMPLES[it] ?? it])),
    code: digits === undefined ? null : "12345678".slice(0, digits),
    linkSecret: link === undefined ? null : "Zm9yLXNob3ctb25seS1ub3QtYS1zZWNyZXQtNDM",
    offersOtherChannel: false,
  } as OpenedMessage;
}
