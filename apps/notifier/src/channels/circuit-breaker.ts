const FAULTS_IN_A_ROW_MAX = 5;
const OPEN_MILLISECONDS = 30_000;

/**
 * Keeps a provider that fails from being asked: after five faults in a row it is left alone for
 * 30 s, then one message tries it. Each process learns for itself; nothing is lost by that but time.
 */
export class CircuitBreaker {
  #faults = 0;
  #openUntil = 0;

  get isOpen(): boolean {
    return this.#faults >= FAULTS_IN_A_ROW_MAX;
  }

  /** Whether to ask the provider now. The one that tries it after a pause takes the turn. */
  permits(now: Date): boolean {
    if (!this.isOpen) return true;
    if (now.getTime() < this.#openUntil) return false;
    this.#openUntil = now.getTime() + OPEN_MILLISECONDS;
    return true;
  }

  /** A refusal of one recipient is no fault of the provider. */
  note(isFault: boolean, now: Date): void {
    this.#faults = isFault ? this.#faults + 1 : 0;
    if (this.isOpen) this.#openUntil = now.getTime() + OPEN_MILLISECONDS;
  }
}
