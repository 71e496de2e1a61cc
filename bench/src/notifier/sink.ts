import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

// A mail server in a process of its own that takes every mail. It tells its parent its port, and for
// each mail the recipient and when its last line came. It answers so many milliseconds later.
const answerMilliseconds = Number(process.argv[2] ?? 0);
const REPORT_MILLISECONDS = 20;
const RECIPIENT = "RCPT TO:<";

let taken: [recipient: string, at: number][] = [];

const server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.write("220 sink\r\n");
  converse(socket).catch(() => socket.destroy());
});

async function converse(socket: Socket): Promise<void> {
  const conversation = { text: "", isBody: false, recipient: "" };
  for await (const chunk of socket) {
    conversation.text += chunk;
    for (let line = cutLine(conversation); line !== null; line = cutLine(conversation)) {
      socket.write(`${await answer(conversation, line)}\r\n`);
    }
  }
}

type Conversation = { text: string; isBody: boolean; recipient: string };

/** The next command, or the whole of a mail; null where its end has not come. */
function cutLine(conversation: Conversation): string | null {
  const end = conversation.isBody ? "\r\n.\r\n" : "\r\n";
  const at = conversation.text.indexOf(end);
  if (at < 0) return null;
  const line = conversation.text.slice(0, at);
  conversation.text = conversation.text.slice(at + end.length);
  return line;
}

async function answer(conversation: Conversation, line: string): Promise<string> {
  if (conversation.isBody) {
    taken.push([conversation.recipient, Date.now()]);
    if (answerMilliseconds > 0) await sleep(answerMilliseconds);
    conversation.isBody = false;
    return "250 taken";
  }
  if (line.startsWith(RECIPIENT)) {
    conversation.recipient = line.slice(RECIPIENT.length, line.indexOf(">"));
  }
  conversation.isBody = line === "DATA";
  return conversation.isBody ? "354 go on" : "250 ok";
}

server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
setInterval(() => {
  if (taken.length > 0) process.send?.(taken);
  taken = [];
}, REPORT_MILLISECONDS).unref();
process.on("disconnect", () => process.exit());
