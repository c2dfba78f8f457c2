// Asks the official package of Standard Webhooks: WEBHOOK_SECRET=… node verify.mjs BODY_FILE ID TIMESTAMP SIGNATURE
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [file, id, timestamp, signature] = process.argv.slice(2);
const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
try {
  new Webhook(process.env.WEBHOOK_SECRET).verify(readFileSync(file, "utf8"), headers);
} catch (error) {
  console.log(`not ours: ${error.message}`);
  process.exit(1);
}
