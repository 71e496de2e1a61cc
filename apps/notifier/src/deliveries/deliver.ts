import { SealedValueError, sealedKeyId } from "@postern/crypto";
import { type OpenedMessage, openMessage, UnknownMessageError } from "@postern/messages";
import type { OutgoingMessage } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import type { Delivery, Outcome } from "./delivery.ts";
import { DECRYPT_FAILED, type Recorded, record } from "./record.ts";
import { sendText } from "./send-text.ts";
import { STALLED } from "./stalled.ts";
import { whileLeased } from "./while-leased.ts";

/** Keys turn at one service before the other: the row waits for a worker that has the new one. */
const UNKNOWN_KEY: Outcome = {
  status: "retry",
  errorCode: "unknown_key",
  errorMessage: "The payload is sealed under a key that this worker does not have.",
};

/** `record` writes down how an attempt ended: at once, where no other way is given. */
export type DeliverDeps = Deps & {
  readonly record?: typeof record;
  /** The message is out or refused; its row is still to be written. */
  readonly onAttempted?: () => void;
};

/**
 * Makes one attempt at a claimed row and records how it ended. Throws only where the outcome could
 * not be recorded; the sweep then takes the row back when its lease ends.
 */
export async function deliver(
  deps: DeliverDeps,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<void> {
  const outcome = await attempt(deps, delivery, signal);
  deps.onAttempted?.();
  const recorded = await recordWhileLeased(deps, delivery, { outcome, signal });
  report(deps, delivery, { outcome, recorded });
}

async function attempt(deps: Deps, delivery: Delivery, signal: AbortSignal): Promise<Outcome> {
  const opened = openDelivery(deps, delivery);
  if ("status" in opened) return opened;

  const secondsLeft = (delivery.endsAt.getTime() - deps.now().getTime()) / 1_000;
  // A dead code is never sent, however long the row waited between claim and here.
  if (secondsLeft <= 0) return { status: "expired" };
  // After a long stall another worker may have sent it by now; what is recorded here is fenced off.
  if (deps.now() >= delivery.leaseEndsAt) return STALLED;

  const { locale } = delivery;
  const rendered = deps.render(opened, { secondsLeft, locale });
  return rendered.channel === "sms"
    ? sendText(deps, delivery, { to: opened.to, text: rendered.text, secondsLeft, signal })
    : sendMail(deps, { deliveryId: delivery.id, to: opened.to, ...rendered }, signal);
}

async function sendMail(deps: Deps, mail: OutgoingMessage, signal: AbortSignal): Promise<Outcome> {
  const answer = await deps.email.send(mail, signal);
  if (answer.sent) {
    const { provider, providerMessageId } = answer;
    return { status: "sent", provider, providerMessageId };
  }
  const { isFinal, errorCode, errorMessage } = answer;
  return { status: isFinal ? "failed" : "retry", errorCode, errorMessage };
}

/** A row that cannot be opened now ends here, or waits for a worker that knows its key and template. */
function openDelivery(deps: Deps, delivery: Delivery): OpenedMessage | Outcome {
  const keyId = sealedKeyId(delivery.sealedPayload ?? "");
  if (keyId !== null && !deps.keyRing.ids.includes(keyId)) return UNKNOWN_KEY;
  try {
    return openMessage(deps, delivery);
  } catch (error) {
    if (error instanceof UnknownMessageError) {
      return { status: "retry", errorCode: "unknown_template", errorMessage: error.message };
    }
    if (error instanceof SealedValueError) {
      return { status: "failed", errorCode: DECRYPT_FAILED, errorMessage: error.message };
    }
    throw error;
  }
}

/**
 * While the database is away the mail that was sent is not forgotten: the outcome is offered again
 * until the lease ends, since afterwards another worker would send it a second time.
 */
async function recordWhileLeased(
  deps: DeliverDeps,
  delivery: Delivery,
  { outcome, signal }: { outcome: Outcome; signal: AbortSignal },
): Promise<Recorded | null> {
  return whileLeased(deps, { delivery, signal }, () =>
    (deps.record ?? record)(deps, delivery, outcome),
  );
}

type Ending = { outcome: Outcome; recorded: Recorded | null };

function report({ metrics, log }: Deps, delivery: Delivery, { outcome, recorded }: Ending): void {
  const { channel, id, template, attempts } = delivery;
  const status = recorded?.status ?? "lease_lost";
  metrics.countDelivery({ channel, template, status });
  if (recorded?.status === "sent") metrics.observeSent({ channel, template }, recorded.seconds);
  const errorCode = "errorCode" in outcome ? outcome.errorCode : undefined;
  const level = status === "sent" ? "info" : "warn";
  log[level]({ deliveryId: id, template, status, attempts, errorCode }, "delivery");
}
