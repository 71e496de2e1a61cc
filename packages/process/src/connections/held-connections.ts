import type { ServerResponse } from "node:http";
import type { BlockList, Socket } from "node:net";
import { isIPv6 } from "node:net";
import type { ConnectionLimits } from "./connection-limits.ts";

/** An open connection. */
type Held = {
  readonly isProxy: boolean;
  readonly acceptedAt: number;
  /** To the newest request: answers are sent in the order of their requests. */
  answer: ServerResponse | null;
  askedAt: number;
  /** When it was first seen that the answer had left. */
  answeredAt: number | null;
};

/** The connections of a listener, and what each is doing. */
export type HeldConnections = {
  readonly size: () => number;
  readonly accept: (socket: Socket) => void;
  readonly noteRequest: (answer: ServerResponse) => void;
  /** Whether anything that is written to it now would be taken for another request's answer. */
  readonly owesAnswer: (socket: Socket) => boolean;
  /** Whether a proxy keeps it for its next client. */
  readonly isKeptByProxy: (socket: Socket) => boolean;
  /** Destroys those whose time is over. */
  readonly sweep: () => void;
  /** Destroys those that rest, but for proxies', and those that have said nothing for a second. */
  readonly closeResting: () => void;
};

const SILENT_MILLISECONDS = 1_000;

const longAnswers = new WeakMap<ServerResponse, number>();

/** Gives one answer more time than a listener's other answers have: a stream, an export. */
export function allowLongAnswer(answer: ServerResponse, milliseconds: number): void {
  longAnswers.set(answer, milliseconds);
}

/**
 * Node's own deadlines leave gaps: line breaks between two requests keep a connection for ever, an
 * answer may be read a byte at a time, and a body may go on after its answer.
 */
export function holdConnections(limits: ConnectionLimits, proxies?: BlockList): HeldConnections {
  const open = new Map<Socket, Held>();
  return {
    size: () => open.size,
    accept: (socket) => {
      const isProxy = proxies !== undefined && isAmong(proxies, socket.remoteAddress);
      const acceptedAt = performance.now();
      open.set(socket, {
        isProxy,
        acceptedAt,
        answer: null,
        askedAt: acceptedAt,
        answeredAt: null,
      });
      socket.once("close", () => open.delete(socket));
    },
    noteRequest: (answer) => {
      const held = answer.socket ? open.get(answer.socket) : undefined;
      if (held) {
        held.answer = answer;
        held.askedAt = performance.now();
        held.answeredAt = null;
      }
    },
    owesAnswer: (socket) => {
      const held = open.get(socket);
      const answer = held?.answer;
      if (!held || !answer || isResting(held)) return false;
      return answer.headersSent || answer.req.complete;
    },
    isKeptByProxy: (socket) => {
      const held = open.get(socket);
      return held?.isProxy === true && isResting(held);
    },
    sweep: () => {
      const now = performance.now();
      for (const [socket, held] of open) {
        if (isOver(held, now, limits)) socket.destroy();
      }
    },
    closeResting: () => {
      const now = performance.now();
      for (const [socket, held] of open) {
        const isSilent = socket.bytesRead === 0 && now - held.acceptedAt > SILENT_MILLISECONDS;
        if (isSilent || (!held.isProxy && isResting(held))) socket.destroy();
      }
    },
  };
}

/** All of it was given to the network, or nothing can be any more. */
const hasLeft = (answer: ServerResponse): boolean => answer.writableFinished || answer.destroyed;

const isResting = ({ answer }: Held): boolean =>
  answer !== null && hasLeft(answer) && answer.req.complete;

function isOver(held: Held, now: number, limits: ConnectionLimits): boolean {
  const { answer, askedAt, acceptedAt, isProxy } = held;
  const { headersMilliseconds, requestMilliseconds, lingerMilliseconds } = limits;
  if (answer === null) {
    return now - acceptedAt > headersMilliseconds + requestMilliseconds;
  }
  if (!hasLeft(answer)) {
    return now - askedAt > (longAnswers.get(answer) ?? limits.answerMilliseconds);
  }
  held.answeredAt ??= now;
  const rested = now - held.answeredAt;
  if (!answer.req.complete) {
    return rested > lingerMilliseconds;
  }
  // The headers of the next request may be on their way.
  const idle = isProxy ? limits.proxyIdleMilliseconds : limits.idleMilliseconds;
  return rested > idle + headersMilliseconds;
}

function isAmong(proxies: BlockList, address: string | undefined): boolean {
  const plain = address?.replace(/^::ffff:(?=[\d.]+$)/i, "") ?? "";
  return proxies.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
}
