/** In whose name messages speak. */
export type Sender = Readonly<{
  appName: string;
  /** Host of PUBLIC_URL, printed so that a reader can tell one service from another. */
  host: string | null;
  /** SUPPORT_URL or SUPPORT_EMAIL: where somebody turns to who did not do what a mail tells. */
  support: string | null;
  /** RESET_PAGE_URL: where a reset link leads; `token` is added to it. */
  resetPageUrl: string | null;
}>;
