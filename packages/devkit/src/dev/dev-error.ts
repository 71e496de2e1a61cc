/** What stops `pnpm dev` and can be said in one line that tells what to do. */
export class DevError extends Error {
  override readonly name = "DevError";
}
