import { type Fetch, type Outcome, send } from "./http.ts";
import { isSessionEnd, type PosternError } from "./postern-error.ts";
import type { Keeper } from "./session-keeper.ts";

/** Asks the user to prove again who they are; true once they did. */
type StepUp = (error: PosternError) => Promise<boolean>;

export type Performer = { fetch: Fetch; keeper: Keeper; stepUp: StepUp | null };

type Bearer = "none" | "optional" | "required";

/**
 * Sends a request with the session's access token. Refused as spent, the token is renewed and the
 * request sent once more; refused for want of a fresh proof, once more after a step-up. Never again.
 *
 * @throws PosternError where no answer came or the session has ended.
 */
export async function perform(
  { fetch, keeper, stepUp }: Performer,
  request: Request,
  bearer: Bearer,
): Promise<Outcome> {
  const isOurs = bearer !== "none" && !request.headers.has("authorization");
  const token = isOurs ? await orNull(bearer, keeper.token()) : null;
  let outcome = await send(fetch, withBearer(request, token));
  if (token !== null && isSpent(outcome.error)) {
    const renewed = await orNull(bearer, keeper.renew(token));
    outcome = renewed === null ? outcome : await send(fetch, withBearer(request, renewed));
  }
  if (isOurs && stepUp !== null && outcome.error?.code === "step_up_required") {
    const isProved = await stepUp(outcome.error);
    return isProved ? send(fetch, withBearer(request, await keeper.token())) : outcome;
  }
  return outcome;
}

/** A call that may be made without a session goes on where it has ended. */
async function orNull(bearer: Bearer, token: Promise<string | null>): Promise<string | null> {
  try {
    return await token;
  } catch (error) {
    if (bearer === "optional" && isSessionEnd(error)) {
      return null;
    }
    throw error;
  }
}

function withBearer(request: Request, token: string | null): Request {
  const copy = request.clone();
  if (token !== null) {
    copy.headers.set("authorization", `Bearer ${token}`);
  }
  return copy;
}

/** Other 401s say that a password or a code is wrong. Servers of your own may say it their way. */
const isSpent = (error: PosternError | null): boolean =>
  error?.status === 401 &&
  ["invalid_token", "session_ended", "unexpected_answer"].includes(error.code);
