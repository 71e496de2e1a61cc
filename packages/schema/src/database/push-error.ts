/** A mistake, a refusal or a fault of the surroundings that one line explains, with its fix. */
export class PushError extends Error {
  override readonly name = "PushError";
}
