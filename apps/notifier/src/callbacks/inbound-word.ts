/** The words that carriers and Twilio know, and those of our other two languages. */
const STOP: ReadonlySet<string> = new Set([
  "STOP",
  "STOPALL",
  "UNSUBSCRIBE",
  "CANCEL",
  "END",
  "QUIT",
  "REVOKE",
  "OPTOUT",
  "ACHA",
  "SITISHA",
  "ARRET",
  "ARRÊT",
]);
const START: ReadonlySet<string> = new Set(["START", "UNSTOP", "ANZA"]);

/** What somebody who answers a text message wants; null for anything that is no such word alone. */
export function readInboundWord(text: string): "stop" | "start" | null {
  const word = text
    .trim()
    .replace(/[.!"']+$/u, "")
    .toUpperCase();
  if (STOP.has(word)) return "stop";
  return START.has(word) ? "start" : null;
}
