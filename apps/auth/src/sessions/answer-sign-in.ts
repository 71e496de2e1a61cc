import { isCookieMode, type SignInRequest } from "../http/cookie-mode.ts";
import {
  type CookieReply,
  DEVICE_COOKIE,
  DEVICE_COOKIE_SECONDS,
  REFRESH_COOKIE,
  setSecretCookie,
} from "../http/cookies.ts";
import type { Session, SignInOutcome } from "./start-session.ts";
import { toSecondFactorView, toSessionView } from "./views.ts";

/**
 * The body that answers a sign-in. In cookie mode the tokens that last are set as cookies and stand
 * in no body, so no script can read them.
 */
export const answerSignIn = (request: SignInRequest, reply: CookieReply, outcome: SignInOutcome) =>
  outcome.next === "session"
    ? answerSession(request, reply, outcome.session)
    : toSecondFactorView(outcome.required);

/** The same where there is a session for certain. */
export const answerSession = (request: SignInRequest, reply: CookieReply, session: Session) =>
  isCookieMode(request) ? answerWithCookies(reply, session) : toSessionView(session);

/** For a caller whose token came as a cookie. */
export function answerWithCookies(reply: CookieReply, session: Session) {
  const { refreshToken: value, refreshExpiresInSeconds: seconds, deviceToken } = session;
  setSecretCookie(reply, REFRESH_COOKIE, { value, seconds });
  if (deviceToken !== null) {
    setSecretCookie(reply, DEVICE_COOKIE, { value: deviceToken, seconds: DEVICE_COOKIE_SECONDS });
  }
  const { refreshToken: _hidden, deviceToken: _known, ...body } = toSessionView(session);
  return body;
}
