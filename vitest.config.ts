import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** What names a user most; run on text ids, and not once more on integers. */
const onTextIds = [
  "apps/auth/src/accounts/pre-hijack.test.ts",
  "apps/auth/src/admin/{accounts,privileges}.test.ts",
  "apps/auth/src/{api-keys,own-data,recovery}/*.test.ts",
  "apps/auth/src/sessions/{end-sessions,refresh-session,sensitive-calls,step-up}.test.ts",
];
const servers = "./packages/devkit/src/testing/global-setup.ts";
const tests = {
  maxWorkers: 2,
  // Far over what any test takes: a bound for what hangs, and none that a busy machine can reach.
  testTimeout: 120_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 20_000 } },
  globalSetup: [servers],
};

export default defineConfig({
  test: {
    ...tests,
    projects: [
      {
        test: {
          ...tests,
          name: "postern",
          include: ["{packages,apps,examples}/*/src/**/*.test.ts", "bench/src/**/*.test.ts"],
        },
      },
      {
        // The auth service once more, on the users table of the shop in examples/existing-app (D16).
        test: {
          ...tests,
          name: "own-users",
          globalSetup: [servers, "./examples/existing-app/src/testing/own-users-setup.ts"],
          env: {
            POSTERN_TEST_TEMPLATE: "own_users_template",
            POSTERN_TEST_BINDING: fileURLToPath(
              new URL("./examples/existing-app/src/security/tables.ts", import.meta.url),
            ),
          },
          include: [
            "apps/auth/src/{accounts,api-keys,contacts,devices,oauth,one-time-codes,own-data,passwords,recovery,sessions,two-factor}/**/*.test.ts",
          ],
          exclude: [
            ...onTextIds,
            // Binds a users table of its own, in which secrets stood in plain text.
            "apps/auth/src/two-factor/sealed.test.ts",
            // Ten thousand guesses, hundreds of sign-ins: what they load is no users table.
            "apps/auth/src/sessions/hostile-sign-in.test.ts",
            // What comes from outside is refused before an account is looked for.
            "apps/auth/src/{oauth/{hostile-token,read-providers},one-time-codes/foreign-fields}.test.ts",
            "apps/auth/src/passwords/{breach-check,new-passwords}.test.ts",
            "apps/auth/src/devices/describe-device.test.ts",
            // Tokens, cookies and a Redis that is away: no statement of theirs names a user.
            "apps/auth/src/sessions/{access-token,browser,cookie-mode,two-processes}.test.ts",
            "apps/auth/src/*/frozen-redis.test.ts",
          ],
        },
      },
      {
        // And on users whose ids are texts, as nanoid, cuid and better-auth make them.
        test: {
          ...tests,
          name: "text-ids",
          globalSetup: [servers, "./apps/auth/src/testing/text-ids/setup.ts"],
          env: {
            POSTERN_TEST_TEMPLATE: "text_ids_template",
            POSTERN_TEST_BINDING: fileURLToPath(
              new URL("./apps/auth/src/testing/text-ids/tables.ts", import.meta.url),
            ),
          },
          include: onTextIds,
          exclude: ["apps/auth/src/*/frozen-redis.test.ts"],
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
            // An older server sees SQL alone, and that of both majors is run on the newest.
            "packages/schema/src/{matrix,migrate}/postgres-15.test.ts",
          ],
        },
      },
    ],
  },
});
