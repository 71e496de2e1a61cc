// A name that both of them exported would be nobody's: ES modules leave it out without a word.
// biome-ignore-start lint/performance/noReExportAll: what this app is here to try
// biome-ignore-start lint/performance/noBarrelFile: the same
export * from "@postern/schema";
export * from "./star-users.ts";
// biome-ignore-end lint/performance/noBarrelFile: the same
// biome-ignore-end lint/performance/noReExportAll: what this app is here to try
