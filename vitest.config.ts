import { defineConfig } from "vitest/config";

const tests = { maxWorkers: 2, testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    ...tests,
    globalSetup: "./packages/devkit/src/testing/global-setup.ts",
    projects: [
      {
        test: {
          ...tests,
          name: "postern",
          include: ["{packages,apps,examples}/*/src/**/*.test.ts", "bench/src/**/*.test.ts"],
        },
      },
      {
        // The schema once more, as an app on the next major of Drizzle sees it.
        resolve: {
          alias: [{ find: /^drizzle-orm(\/.*)?$/, replacement: "drizzle-orm-v1$1" }],
        },
        test: {
          ...tests,
          name: "drizzle-v1",
          include: ["packages/schema/src/**/*.test.ts"],
          exclude: [
            // Plans are PostgreSQL's: they hang on the SQL, which the other tests run on both majors.
            "packages/schema/src/dashboard/plans.test.ts",
            // The command is a process of its own, which the alias does not reach.
            "packages/schema/src/command/**",
          ],
        },
      },
    ],
  },
});
