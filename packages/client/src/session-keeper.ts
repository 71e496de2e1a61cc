import { exclusively, shareFlight } from "./exclusively.ts";
import { isSessionEnd, PosternError } from "./postern-error.ts";
import type { Kept, Session } from "./session-storage.ts";
import type { SessionAnswer, Transport } from "./transport.ts";

/** An access token this near its end is renewed first: the way to the service takes time. */
const MARGIN_SECONDS = 5;

const NOTHING: Kept = { session: null, deviceToken: null };

export type Keeper = {
  readonly read: () => Promise<Kept>;
  /** A token to send: renewed where its time is over, null where nobody is signed in. */
  readonly token: () => Promise<string | null>;
  /** A token in place of the one that was refused. Throws where the session has ended. */
  readonly renew: (refused: string | null) => Promise<string>;
  readonly keep: (answer: SessionAnswer) => Promise<Session>;
  readonly drop: () => Promise<void>;
  readonly signOut: () => Promise<void>;
};

type Options = {
  transport: Transport;
  /** Called once where a session ends that this client knew, other than by a sign-out. */
  onSignedOut: (reason: PosternError) => void;
};

/** Keeps one session and renews it: once for all who need it, here and in the other tabs. */
export function createKeeper({ transport, onSignedOut }: Options): Keeper {
  const { storage } = transport;
  // In cookie mode only the service knows whether there is a session: it is asked once.
  let isOver = false;

  const read = async () => (await storage.read()) ?? NOTHING;
  const alone = <T>(task: () => Promise<T>) =>
    storage.name === "" ? task() : exclusively(storage.name, task);
  const drop = async () => {
    isOver = true;
    await storage.write({ ...(await read()), session: null });
  };
  const keep = async (answer: SessionAnswer) => {
    isOver = false;
    const session = toSession(answer);
    const deviceToken = answer.deviceToken ?? (await read()).deviceToken;
    await storage.write({ session, deviceToken });
    return session;
  };

  /** Somebody may have signed in or out while we asked: what is kept now is newer than our answer. */
  const settle = async (before: Session | null, result: SessionAnswer | PosternError) => {
    const { session } = await read();
    const isChanged = session?.accessToken !== before?.accessToken;
    if (isChanged && session !== null) {
      return session.accessToken;
    }
    if (!(result instanceof PosternError) && !isChanged) {
      return (await keep(result)).accessToken;
    }
    await drop();
    const error = result instanceof PosternError ? result : ended();
    if (before !== null) {
      onSignedOut(error);
    }
    throw error;
  };

  const renew = shareFlight((refused: string | null) =>
    alone(async () => {
      const { session } = await read();
      if (session !== null && session.accessToken !== refused && !isNearEnd(session)) {
        return session.accessToken;
      }
      if (!transport.mayRenew(session)) {
        return settle(session, ended());
      }
      const result = await transport.renew(session).catch(onlyIfEnded);
      return settle(session, result);
    }),
  );

  const token = async () => {
    const { session } = await read();
    if (session !== null && !isNearEnd(session)) {
      return session.accessToken;
    }
    const isNobody = session === null && isOver;
    return isNobody || !transport.mayRenew(session) ? null : renew(session?.accessToken ?? null);
  };

  const signOut = () =>
    alone(async () => {
      const { session } = await read();
      await drop();
      await transport.signOut(session).catch(onlyIfEnded);
    });

  return { read, token, renew, keep, drop, signOut };
}

const toSession = ({ accessToken, expiresIn, refreshToken }: SessionAnswer): Session => ({
  accessToken,
  freshUntil: Date.now() + (expiresIn - Math.min(MARGIN_SECONDS, expiresIn / 10)) * 1000,
  refreshToken: refreshToken ?? null,
});

const isNearEnd = ({ freshUntil }: Session): boolean => freshUntil <= Date.now();

/** Only a refusal of the session ends it: a proxy's 401, or no answer, may be tried again. */
function onlyIfEnded(error: unknown): PosternError {
  if (isSessionEnd(error)) {
    return error;
  }
  throw error;
}

const ended = () =>
  new PosternError({
    code: "session_ended",
    status: 401,
    message: "This session has ended. Sign in again.",
  });
