import { defineConfig } from "drizzle-kit";
import own from "./drizzle.config.ts";

/** For `drizzle-kit push` alone, where Postern's tables lie in `public` too (README, step 8). */
export default defineConfig({
  ...own,
  schema: ["./src/shop/*.ts", "./src/sharing-public/tables.ts"],
});
