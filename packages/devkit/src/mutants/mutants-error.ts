/** What a caller of `pnpm test:mutants` can put right; told in one line. */
export class MutantsError extends Error {}
