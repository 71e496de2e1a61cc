export { callbackPath, type UnsignedProvider } from "./callback-path.ts";
export { chooseLocale } from "./choose-locale.ts";
export { DELIVERY_CHANNEL } from "./delivery-channel.ts";
export { deriveLinkSecret, type LinkSource } from "./derive-link.ts";
export { type DescribedMessage, describeHistory } from "./history/describe-history.ts";
export {
  findHistory,
  type History,
  type HistoryReceipt,
  type HistoryRow,
  type HistoryStore,
} from "./history/find-history.ts";
export {
  type CodeMessageName,
  type CodePurpose,
  codeMessage,
  codePurposes,
  isMessageName,
  type Message,
  type MessageChannel,
  type MessageKind,
  type MessageName,
  type MessageVariables,
  messages,
} from "./messages.ts";
export {
  type OpenedMessage,
  openMessage,
  type SealedRow,
  UnknownMessageError,
} from "./open-message.ts";
export {
  type DeliveryLog,
  type DeliveryLogs,
  type QueueDeps,
  type QueuedMessage,
  queueMessage,
  type Transaction,
} from "./queue-message.ts";
export { type Resealed, resealMessage } from "./reseal-message.ts";
export { type MessageKeys, type SealedDelivery, sealMessage } from "./seal-message.ts";
export {
  liftSuppression,
  type Recipient,
  recipientIndexOf,
  type SuppressionReason,
  suppressRecipient,
} from "./suppress.ts";
