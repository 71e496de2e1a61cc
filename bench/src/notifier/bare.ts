import { createTransport } from "nodemailer";

// What anybody would write without a queue: so many mails, all at hand, over a pool as large as the
// notifier's. argv: port, mails, connections, the message as JSON.
const [, , port = "", count = "", connections = "", message = ""] = process.argv;

const transport = createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  maxConnections: Number(connections),
});
const { subject, text, html } = JSON.parse(message) as Record<string, string>;

let next = 0;
async function keepSending(): Promise<void> {
  for (let turn = next++; turn < Number(count); turn = next++) {
    await transport.sendMail({
      from: { name: "Postern", address: "no-reply@bench.test" },
      to: { name: "", address: `reader${turn}@example.com` },
      subject,
      text,
      html,
    });
  }
}

await Promise.all(Array.from({ length: Number(connections) }, keepSending));
transport.close();
