import { createAfricasTalkingChannel } from "./africas-talking.ts";
import type { SmsChannel } from "./channel.ts";
import { createSmsInbox } from "./sms-inbox.ts";
import type { SmsProviderName } from "./sms-order.ts";
import { createSmsRoutes, type SmsRoutes } from "./sms-routes.ts";
import type { SmsSettings } from "./sms-settings.ts";
import { createSmsWebhook } from "./sms-webhook.ts";
import { createTwilioChannel } from "./twilio.ts";

export type SmsRoutesInput = Readonly<{
  settings: SmsSettings;
  appName: string;
  now: () => Date;
}>;

/** Opens every provider that the settings hold. */
export function openSmsRoutes({ settings, appName, now }: SmsRoutesInput): SmsRoutes {
  const { order, twilio, africasTalking, webhook, inboxUrl, publicUrl } = settings;
  const channels = new Map<SmsProviderName, SmsChannel>();
  if (twilio) {
    const callbackUrl = publicUrl && `${publicUrl}/callbacks/twilio`;
    channels.set("twilio", createTwilioChannel({ ...twilio, callbackUrl }));
  }
  if (africasTalking) channels.set("africas_talking", createAfricasTalkingChannel(africasTalking));
  if (webhook) channels.set("webhook", createSmsWebhook({ ...webhook, now }));
  if (inboxUrl) channels.set("inbox", createSmsInbox({ url: inboxUrl, from: appName }));
  return createSmsRoutes({ order, channels, now });
}
