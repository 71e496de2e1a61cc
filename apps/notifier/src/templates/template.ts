/** A mail before its placeholders are filled. */
export type MailTemplate = Readonly<{
  subject: string;
  /** Paragraphs. One that is `{{code}}` alone stands large, one that is `{{link}}` alone is a button. */
  body: readonly string[];
  /** Paragraphs set back: what to do where this was not you. */
  closing: readonly string[];
  /** A whole document in place of our own layout. */
  html: string | null;
}>;

/** A text message before its placeholders are filled, without the line that binds its code. */
export type SmsTemplate = Readonly<{ text: string }>;
