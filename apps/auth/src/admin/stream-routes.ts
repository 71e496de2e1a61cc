import { Readable } from "node:stream";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { allowLongAnswer } from "@postern/process";
import { Type } from "typebox";
import type { Deps } from "../deps.ts";
import { describeAnswers } from "../http/describe-answers.ts";
import { Problem } from "../problem.ts";
import { adminOf } from "./calling-admin.ts";
import type { EventView } from "./event-view.ts";
import { followEvents } from "./follow-events.ts";
import { REFUSALS, security, strict, tags } from "./schemas.ts";

/** Each one is a query a second. */
const STREAMS_MAX = 20;
const RETRY_SECONDS = 10;
/** A client that reads no more is cut off so long after its token has ended. */
const MARGIN_SECONDS = 30;

const EventStream = Type.Unsafe<Readable>(
  Type.String({
    description: "text/event-stream",
    examples: ['id: 1842\nevent: security_event\ndata: {"type":"account_locked"}\n\n'],
  }),
);

const FROM_LEAST = ["low", "medium", "high", "critical"] as const;

/** HTTP only: server-sent events, as WHATWG's HTML standard has them (9.2). */
export const streamRoutes: FastifyPluginAsyncTypebox<{ deps: Deps }> = async (app, { deps }) => {
  const open = new Set<AbortController>();
  app.addHook("preClose", async () => {
    for (const stopping of open) {
      stopping.abort();
    }
  });

  const millisecondsMax = (deps.config.accessTokenSeconds + MARGIN_SECONDS) * 1_000;
  app.get(
    "/events/stream",
    {
      exposeHeadRoute: false,
      handlerTimeout: millisecondsMax,
      schema: {
        operationId: "adminStreamEvents",
        summary: "New security events, as they come",
        description:
          "Ends with the session, the access token or the role. Send the id of the last event you have as Last-Event-ID to go on behind it.",
        tags,
        security,
        querystring: Type.Object(
          { minSeverity: Type.Enum(FROM_LEAST, { default: "low" }) },
          strict,
        ),
        headers: Type.Object({
          "last-event-id": Type.Optional(Type.String({ pattern: "^[0-9]{1,18}$" })),
        }),
        response: describeAnswers({ 200: EventStream }, [...REFUSALS, "too_many_requests"]),
      },
    },
    async (request, reply) => {
      if (open.size >= STREAMS_MAX) {
        throw new Problem("too_many_requests", { retryAfterSeconds: RETRY_SECONDS });
      }
      allowLongAnswer(reply.raw, millisecondsMax);
      const stopping = new AbortController();
      open.add(stopping);
      const events = followEvents(deps, {
        claims: adminOf(request),
        severities: severitiesFrom(request.query.minSeverity),
        after: request.headers["last-event-id"],
        signal: stopping.signal,
      });
      const stream = Readable.from(toFrames(events), { objectMode: false });
      stream.once("close", () => open.delete(stopping));
      // The stream itself waits for its next batch before it closes.
      reply.raw.once("close", () => stopping.abort());
      return reply
        .type("text/event-stream; charset=utf-8")
        .header("x-accel-buffering", "no")
        .send(stream);
    },
  );
};

const severitiesFrom = (least: (typeof FROM_LEAST)[number]): EventView["severity"][] =>
  FROM_LEAST.slice(FROM_LEAST.indexOf(least));

/** An empty batch is a comment: it shows that the line is alive. */
async function* toFrames(batches: AsyncIterable<readonly EventView[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    yield batch.length === 0 ? ": alive\n\n" : batch.map(toFrame).join("");
  }
}

/** JSON has no line break of its own, so the data is one line whatever an event holds. */
const toFrame = (event: EventView): string =>
  `id: ${event.id}\nevent: security_event\ndata: ${JSON.stringify(event)}\n\n`;
