import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers, describeAnswersToBody } from "../http/describe-answers.ts";
import { Email, Phone, requireEmail, requirePhone } from "../http/fields.ts";
import { originOf } from "../http/origin.ts";
import { adminOf } from "./calling-admin.ts";
import type { AdminAct } from "./change-account.ts";
import { endAccountSessions } from "./end-account-sessions.ts";
import { type AccountView, findAccountView } from "./find-account-view.ts";
import { forceReset } from "./force-reset.ts";
import { listAccounts, searchAccounts } from "./list-accounts.ts";
import {
  AccountListSchema,
  AccountSchema,
  Cursor,
  FoundAccountsSchema,
  Limit,
  REFUSALS,
  security,
  strict,
  tags,
  UserId,
} from "./schemas.ts";
import { disableAccount, enableAccount } from "./switch-account.ts";
import { unlockAccount } from "./unlock-account.ts";

type Action = {
  operationId: string;
  summary: string;
  act: (deps: Deps, act: AdminAct) => Promise<AccountView>;
};

/** What an administrator can do to an account: a path each. */
const ACTIONS: Readonly<Record<string, Action>> = {
  unlock: {
    operationId: "adminUnlockUser",
    summary: "End every lock of an account",
    act: unlockAccount,
  },
  disable: {
    operationId: "adminDisableUser",
    summary: "Shut an account and end its sessions",
    act: disableAccount,
  },
  enable: { operationId: "adminEnableUser", summary: "Open an account again", act: enableAccount },
  "end-sessions": {
    operationId: "adminEndUserSessions",
    summary: "Sign an account out everywhere",
    act: endAccountSessions,
  },
  "force-reset": {
    operationId: "adminForcePasswordReset",
    summary: "End a password; its owner is told by mail",
    act: forceReset,
  },
};

const Sought = Type.Union([
  Type.Object({ email: Email }, strict),
  Type.Object({ phone: Phone }, strict),
]);

const params = Type.Object({ id: UserId });

/** HTTP only: read the request, call one use case, write the answer. */
export const accountRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  app.get(
    "/users",
    {
      schema: {
        operationId: "adminListUsers",
        summary: "Accounts, page by page",
        tags,
        security,
        querystring: Type.Object({ limit: Limit, cursor: Cursor }, strict),
        response: describeAnswers({ 200: AccountListSchema }, REFUSALS),
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      return listAccounts(deps, { limit, cursor });
    },
  );

  app.post(
    "/users/search",
    {
      schema: {
        operationId: "adminFindUser",
        summary: "The account with exactly this email or phone number",
        description: "In the body, so that no address stands in a log of addresses called.",
        tags,
        security,
        body: Sought,
        response: describeAnswersToBody({ 200: FoundAccountsSchema }, REFUSALS),
      },
    },
    async ({ body }) => ({
      users: await searchAccounts(
        deps,
        "email" in body ? { email: requireEmail(body.email) } : { phone: requirePhone(body.phone) },
      ),
    }),
  );

  app.get(
    "/users/:id",
    {
      schema: {
        operationId: "adminGetUser",
        summary: "An account and how much it is at risk",
        tags,
        security,
        params,
        response: describeAnswers({ 200: AccountSchema }, [...REFUSALS, "not_found"]),
      },
    },
    async (request) => findAccountView(deps, request.params.id),
  );

  await app.register(actionRoutes, { deps });
};

const actionRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  for (const [name, { operationId, summary, act }] of Object.entries(ACTIONS)) {
    app.post(
      `/users/:id/${name}`,
      {
        schema: {
          operationId,
          summary,
          description:
            "Needs a sign-in, or a step-up, of the last 5 minutes, with the second factor where you have one. Answers the account as it is then.",
          tags,
          security,
          params,
          body: Type.Union([Type.Object({}, strict), Type.Null()]),
          response: describeAnswersToBody({ 200: AccountSchema }, [
            ...REFUSALS,
            "step_up_required",
            "not_found",
          ]),
        },
      },
      async (request) => {
        const { id: targetId } = request.params;
        const origin = originOf(request, deps.config);
        return act(deps, { claims: adminOf(request), targetId, origin });
      },
    );
  }
};
