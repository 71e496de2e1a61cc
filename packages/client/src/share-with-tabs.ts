import type { Session, SessionStorage } from "./session-storage.ts";

type Channel = {
  postMessage: (session: Session | null) => void;
  onmessage: ((event: { data: unknown }) => void) | null;
  unref?: () => void;
};

/**
 * Memory that the tabs of one origin share, for cookie mode: each hears of a new access token and of
 * a sign-out, and nothing is written anywhere.
 */
export function shareWithTabs(name: string): SessionStorage {
  let session: Session | null = null;
  const channel = openChannel(name);
  if (channel !== null) {
    channel.onmessage = ({ data }) => {
      session = data as Session | null;
    };
    // A channel must not keep a Node process alive.
    channel.unref?.();
  }
  return {
    name,
    read: () => ({ session, deviceToken: null }),
    write: (kept) => {
      session = kept.session;
      channel?.postMessage(session);
    },
  };
}

function openChannel(name: string): Channel | null {
  const { BroadcastChannel } = globalThis as { BroadcastChannel?: new (name: string) => Channel };
  return BroadcastChannel === undefined ? null : new BroadcastChannel(name);
}
