export { DELIVERY_CHANNEL } from "./delivery-channel.ts";
export { deriveLinkSecret, type LinkSource } from "./derive-link.ts";
export {
  type CodeMessageName,
  type CodePurpose,
  codeMessage,
  codePurposes,
  isMessageName,
  type Message,
  type MessageChannel,
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
export { type MessageKeys, type SealedDelivery, sealMessage } from "./seal-message.ts";
