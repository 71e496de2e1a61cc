import { resolve } from "node:path";

/** The root of this repository: commands that we start run here. */
export const repositoryFolder = resolve(import.meta.dirname, "../../..");

/** What was fetched once and is good for everybody. Never committed. */
export const cacheFolder = resolve(repositoryFolder, ".postern");

/** What `pnpm dev` keeps: data, keys, logs. Never committed. */
export const stateFolder = resolve(process.env.POSTERN_STATE_FOLDER ?? cacheFolder);

/** Node keeps there what it made of our TypeScript, which nearly halves the work of a start. */
export const COMPILE_CACHE = { NODE_COMPILE_CACHE: resolve(cacheFolder, "compile-cache") };
