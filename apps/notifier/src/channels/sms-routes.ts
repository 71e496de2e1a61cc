import type { OutgoingSms, Refused, Sent, SmsChannel } from "./channel.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { SmsOrder } from "./sms-order.ts";
import type { LookUp } from "./twilio.ts";

/** One way for one message. */
export type SmsRoute = Readonly<{
  provider: string;
  /** Who is asked where this provider does not take it; null after the last. */
  next: string | null;
  send(message: OutgoingSms, signal: AbortSignal): Promise<Sent | Refused>;
}>;

export type SmsRoutes = {
  /**
   * The way for a country, from the planned provider on, passing over those that are failing. Null
   * where nobody serves the country, or all of them are failing.
   */
  find(country: string, planned: string | null): SmsRoute | null;
  /** Whom to ask after a provider, whether it is failing or not; null after the last. */
  after(country: string, provider: string): string | null;
  /** Whether anybody serves the country at all. */
  serves(country: string): boolean;
  /** Who can be asked for the price of a message later. */
  readonly lookUps: ReadonlyMap<string, LookUp>;
  /** Everybody who can be asked, and whether they are left alone now because they fail. */
  providers(): readonly Readonly<{ name: string; isFailing: boolean }>[];
  close(): void;
};

export type SmsRoutesOptions = Readonly<{
  order: SmsOrder;
  channels: ReadonlyMap<string, SmsChannel & { lookUp?: LookUp }>;
  now: () => Date;
}>;

export function createSmsRoutes({ order, channels, now }: SmsRoutesOptions): SmsRoutes {
  const breakers = new Map([...channels.keys()].map((name) => [name, new CircuitBreaker()]));
  const orderOf = (country: string): readonly string[] =>
    order.get(country) ?? order.get("*") ?? [];
  const after = (country: string, provider: string) => {
    const names = orderOf(country);
    const at = names.indexOf(provider);
    return names[at + 1] ?? null;
  };

  function routeOver(provider: string, next: string | null): SmsRoute | null {
    const channel = channels.get(provider);
    if (!channel) return null;
    return {
      provider,
      next,
      async send(message, signal) {
        const answer = await channel.send(message, signal);
        breakers.get(provider)?.note(!answer.sent && !answer.isFinal, now());
        return answer;
      },
    };
  }

  return {
    find(country, planned) {
      const names = orderOf(country);
      const start = Math.max(planned === null ? 0 : names.indexOf(planned), 0);
      // From the planned one on, and then those before it: better a second try than none.
      const turn = [...names.slice(start), ...names.slice(0, start)];
      const provider = turn.find((name) => breakers.get(name)?.permits(now()));
      if (provider === undefined) return null;
      // One before the planned one was asked already: after it nobody is left.
      return routeOver(provider, names.indexOf(provider) < start ? null : after(country, provider));
    },
    after,
    serves: (country) => orderOf(country).length > 0,
    lookUps: new Map(
      [...channels].flatMap(([name, { lookUp }]) => (lookUp ? [[name, lookUp] as const] : [])),
    ),
    providers: () => [...breakers].map(([name, { isOpen }]) => ({ name, isFailing: isOpen })),
    close: () => {
      for (const channel of channels.values()) channel.close();
    },
  };
}
