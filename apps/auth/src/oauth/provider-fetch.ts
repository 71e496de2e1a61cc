/** The provider does not answer, or answers as one that is broken: no fault of who signs in. */
export class ProviderAwayError extends Error {
  override readonly name = "ProviderAwayError";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * `fetch`, for everything that is asked of a provider.
 *
 * @throws ProviderAwayError where there is no answer, or none but an error on its side.
 */
export async function fetchFromProvider(url: string, options: object): Promise<Response> {
  const response = await fetch(url, options).catch((cause: unknown) => {
    throw new ProviderAwayError("The provider does not answer.", { cause });
  });
  if (response.status >= 500 || response.status === 429) {
    throw new ProviderAwayError(`The provider answers ${response.status}.`);
  }
  return response;
}

/** Libraries wrap what `fetch` throws: looks through to it. */
export function isProviderAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ProviderAwayError) {
      return true;
    }
  }
  return false;
}
