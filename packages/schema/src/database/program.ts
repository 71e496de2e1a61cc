/** The command that was called: hints name it, and know what there is beside it. */
export type Program = "pnpm db:push" | "postern-schema push";
