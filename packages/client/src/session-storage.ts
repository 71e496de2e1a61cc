/** A session as the client keeps it. */
export type Session = {
  readonly accessToken: string;
  /** Until when the access token is sent, in milliseconds of this machine's clock. */
  readonly freshUntil: number;
  /** Null in cookie mode. */
  readonly refreshToken: string | null;
};

/** Everything that the client keeps. */
export type Kept = {
  readonly session: Session | null;
  /** By which the service knows this device again. It outlives the session. */
  readonly deviceToken: string | null;
};

/** Where a client keeps its session. Whoever reads it can act as the user. */
export type SessionStorage = {
  /** Clients with storages of one name share a session: they renew it one after another. */
  readonly name: string;
  readonly read: () => Kept | null | Promise<Kept | null>;
  readonly write: (kept: Kept) => void | Promise<void>;
};

/** `localStorage`, `sessionStorage`, or what is used like them. */
export type WebStorage = {
  getItem: (key: string) => string | null;
  setItem: (key: string, value: string) => void;
};

/**
 * Keeps the session in `localStorage` or `sessionStorage`, for apps that must survive a reload
 * without cookies. Any script of the page can read it: prefer cookie mode in browsers.
 */
export const webStorage = (area: WebStorage, name = "postern"): SessionStorage => ({
  name,
  read: () => parse(area.getItem(name)),
  write: (kept) => area.setItem(name, JSON.stringify(kept)),
});

/** What stands there and is not ours is nothing. */
function parse(text: string | null): Kept | null {
  try {
    const kept: unknown = JSON.parse(text ?? "null");
    return typeof kept === "object" && kept !== null && "session" in kept ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

/** For one client alone: gone with it. */
export function memoryStorage(): SessionStorage {
  let kept: Kept | null = null;
  return {
    name: "",
    read: () => kept,
    write: (next) => {
      kept = next;
    },
  };
}
