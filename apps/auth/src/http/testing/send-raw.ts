import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** Sends these lines as they are, which no HTTP client would, and returns the whole answer. */
export async function sendRaw(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const answer = text(socket);
  socket.write(lines.join("\r\n"));
  return answer;
}
