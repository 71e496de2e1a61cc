import type { Erasure, PersonalColumn } from "./table-data.ts";

/** Columns that many tables have, each with what erasing makes of it there. */
export const owner = (erased: Erasure): PersonalColumn => ({
  what: "whose row it is",
  why: "the row is about this account",
  erased,
});
export const address = (erased: Erasure): PersonalColumn => ({
  what: "network address",
  why: "to see and trace an attack",
  erased,
});
export const agent = (erased: Erasure): PersonalColumn => ({
  what: "browser and operating system, as the client said",
  why: "to tell a device that the owner knows from one that is not theirs",
  erased,
});
