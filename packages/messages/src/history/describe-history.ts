import type { History, HistoryReceipt, HistoryRow } from "./find-history.ts";
import { errorWords, providerName } from "./words.ts";

/** One message with all its rows, the first attempt first. */
export type DescribedMessage = Readonly<{
  template: string;
  hint: string;
  at: Date;
  /** What became of it, in one sentence; times in UTC. */
  story: string;
  rows: readonly HistoryRow[];
}>;

/** What became of each message, in words for whoever answers a customer; the newest first. */
export function describeHistory({ rows }: History): DescribedMessage[] {
  const oldestFirst = [...rows].reverse();
  const messages = Map.groupBy(oldestFirst, ({ id, resendOf }) => resendOf ?? id);
  return [...messages.values()]
    .flatMap((group) => {
      const [first] = group;
      return first ? [{ ...headOf(first), story: storyOf(group), rows: group }] : [];
    })
    .reverse();
}

const headOf = ({ template, hint, createdAt: at }: HistoryRow) => ({ template, hint, at });

function storyOf(group: readonly HistoryRow[]): string {
  const parts = group.flatMap((row, index) => {
    const before = group[index - 1];
    return [...(before ? [passage(before, row)] : []), ...partsOf(row)];
  });
  const used = group.find(({ consumedAt }) => consumedAt !== null)?.consumedAt;
  const story = [...parts, ...(used ? [`the code was used at ${clock(used)}`] : [])].join("; ");
  return story.charAt(0).toUpperCase() + story.slice(1);
}

/** How one row followed another: a provider failed, or the person asked again. */
function passage(before: HistoryRow, row: HistoryRow): string {
  const hasFailed =
    ["failed", "undelivered"].includes(before.status) || before.errorCode === "answer_lost";
  return hasFailed
    ? `failed over to ${providerName(row.provider)}`
    : `asked for again at ${clock(row.createdAt)}`;
}

function partsOf(row: HistoryRow): string[] {
  return [...acceptance(row), ...row.receipts.filter(isNews).map(receiptPart), ...ending(row)];
}

/** `sent` is what the acceptance said already. */
const isNews = ({ status }: HistoryReceipt): boolean => status !== "sent";

function acceptance(row: HistoryRow) {
  const { sentAt, provider, providerMessageId, errorCode, attempts, receipts } = row;
  if (sentAt === null) return [];
  const name = providerName(provider);
  if (providerMessageId === null) {
    return [`${name}'s answer was lost at ${clock(sentAt)}, it may have been sent`];
  }
  // What was sent has a code only where an earlier attempt, of this row or of the one that it
  // followed, may have sent it too.
  const isRisky =
    errorCode !== null &&
    receipts.every(({ status }) => status === "delivered" || status === "sent");
  const twice = isRisky ? `, perhaps a second time (${errorWords(errorCode, null)})` : "";
  const tries = attempts > 1 ? ` after ${attempts} attempts` : "";
  return [`${name} accepted at ${clock(sentAt)}${tries}${twice}`];
}

function receiptPart({ status, errorCode, errorMessage, at }: HistoryReceipt): string {
  const when = clock(at);
  switch (status) {
    case "delivered":
      return `delivered ${when}`;
    case "undelivered":
      return `carrier reported ${errorWords(errorCode, errorMessage)} at ${when}`;
    case "bounced":
      return `bounced: ${errorWords(errorCode, errorMessage)} at ${when}`;
    default:
      return `the recipient called it spam at ${when}`;
  }
}

function ending(row: HistoryRow): string[] {
  const why = errorWords(row.errorCode, row.errorMessage);
  const after = row.errorCode === null ? "" : ` after ${why}`;
  switch (row.status) {
    case "pending":
      return [`waits since ${clock(row.createdAt)}`];
    case "sending":
      return [`is being sent by attempt ${row.attempts}`];
    case "retry":
      return [`tried ${row.attempts} times, again at ${clock(row.nextAttemptAt)}${after}`];
    case "failed":
      return [`${providerName(row.provider)} refused at ${clock(row.failedAt)}: ${why}`];
    case "expired":
      return [`expired unsent at ${clock(row.expiresAt)}${after}`];
    case "suppressed":
      return [`not sent: ${why}`];
    default:
      return [];
  }
}

const clock = (at: Date | null): string => at?.toISOString().slice(11, 19) ?? "an unknown time";
