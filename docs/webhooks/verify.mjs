// Is a webhook ours, untouched and of these five minutes? Needs Node 18 and no package.
//
// In a server: verify(secret, request.headers, rawBody), with the body as it came, before it is parsed.
// On a command line: WEBHOOK_SECRET=whsec_… node verify.mjs BODY_FILE ID TIMESTAMP SIGNATURE
import { createHmac, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";

export function verify(secret, headers, body) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !signatures || !/^\d+$/.test(timestamp ?? "")) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  // With an empty key anybody could sign.
  if (!key.length) throw new Error("WEBHOOK_SECRET is missing");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  // While a secret is replaced there are two signatures; one that fits is enough.
  return signatures.split(" ").some((signature) => {
    const [version, value] = signature.split(",", 2);
    const given = Buffer.from(value ?? "", "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

if (process.argv[1]?.endsWith("verify.mjs")) {
  const [file, id, timestamp, signature] = process.argv.slice(2);
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  const isOurs = verify(process.env.WEBHOOK_SECRET ?? "", headers, readFileSync(file));
  console.log(isOurs ? "ok" : "not ours");
  process.exitCode = isOurs ? 0 : 1;
}
