/** In whose name messages speak. */
export type Sender = Readonly<{
  appName: string;
  /** Host of PUBLIC_URL, printed so that a reader can tell one service from another. */
  host: string | null;
}>;
