import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { DESK, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

// A customer's own server: keeps what comes, answers as it is told.
const receiver = { requests: [], status: 200, said: "thanks", heard: new EventEmitter() };
receiver.server = createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    receiver.requests.push({ headers: request.headers, body: Buffer.concat(pieces) });
    response.writeHead(receiver.status, { "content-type": "text/plain" }).end(receiver.said);
    receiver.heard.emit("request");
  });
});

let browser, platform, host;
before(async () => {
  receiver.server.listen(0, "127.0.0.1");
  await once(receiver.server, "listening");
  host = `127.0.0.1:${receiver.server.address().port}`;
  [browser, platform] = await Promise.all([openBrowser(), Platform.start({ EGRESS_ALLOW: host })]);
});
after(async () => {
  await Promise.all([browser?.close(), platform?.stop()]);
  receiver.server.close();
});

test("a webhook is added, tested, fails in plain words, and what failed is sent again", async () => {
  const person = await Person.at(browser, platform);
  person.expected = /status of 422/;
  const { page } = person;
  await person.signIn();
  await person.visit("/settings/webhooks");
  await person.look();
  await page.getByLabel("Address").fill("https://10.0.0.1/hook");
  await page.getByRole("button", { name: "Add the webhook" }).click();
  await page.getByText("no public address").or(page.getByText("no name on the public internet")).first().waitFor();
  await person.look();
  await page.getByLabel("Address").fill(`http://${host}/hook`);
  await page.getByRole("button", { name: "Add the webhook" }).click();
  const secret = await page.getByText(/^whsec_/).first().textContent();
  await person.look();

  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText(/Delivered in \d+ ms: your server answered 200\./).first().waitFor();
  const [sent] = receiver.requests;
  assert.equal(JSON.parse(sent.body).event, "webhook.test");
  assert.equal(sent.headers["x-webhook-signature"], createHmac("sha256", secret.trim()).update(sent.body).digest("hex"));
  assert.equal(await page.getByText(secret.trim()).count(), 0, "the secret is shown once");

  receiver.status = 500;
  receiver.said = '<script>document.title="owned"</script>';
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText("Your server answered 500.").first().waitFor();
  await person.look();
  await page.locator(".webhook a[href*='/deliveries/evt_']").first().click();
  await page.getByText(receiver.said).first().waitFor();
  assert.notEqual(await page.title(), "owned");
  await person.look();

  receiver.status = 204;
  const heard = once(receiver.heard, "request");
  await page.getByRole("button", { name: "Send it again" }).click();
  await heard;
  assert.deepEqual(receiver.requests[2].body, receiver.requests[1].body);
  assert.equal(receiver.requests[2].headers["webhook-id"], receiver.requests[1].headers["webhook-id"]);
  await person.leave();
});

test("without scripts a webhook is added and tested all the same", async () => {
  receiver.status = 200;
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  const { page } = person;
  await person.signIn();
  await page.goto("/settings/webhooks");
  await page.getByLabel("Address").fill(`http://${host}/other`);
  await page.getByRole("button", { name: "Add the webhook" }).click();
  await page.getByText(/^whsec_/).first().waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByText(/your server answered 200\./).first().waitFor();
  await person.leave();
});
