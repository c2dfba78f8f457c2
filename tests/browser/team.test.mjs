import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { crawl } from "./lib/crawl.mjs";
import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

const HIDDEN = ["/messages", "/billing", "/billing/transactions", "/billing/invoices", "/users", "/users/new", "/settings", "/settings/retell"];
const MONEY = /[$€£]/;

test("the owner invites a viewer, who comes by the mail and finds hidden what is not for them", async () => {
  const owner = await Person.at(browser, platform);
  await owner.signIn();
  await owner.visit("/users");
  await owner.page.getByRole("link", { name: "Invite somebody" }).click();
  await owner.look();
  await owner.page.getByLabel("E-mail address").fill("vera@example.com");
  await owner.page.getByLabel("Name", { exact: true }).fill("Vera <b>Lind</b>");
  await owner.page.getByRole("radio", { name: /^Viewer/ }).check();
  await owner.page.getByRole("checkbox", { name: /^Sees all calls/ }).check();
  await owner.page.getByRole("button", { name: "Send the invitation" }).click();
  await owner.page.getByText("The invitation is on its way.").waitFor();
  await owner.page.getByText("Vera <b>Lind</b>").waitFor();
  await owner.look();

  const vera = await Person.at(browser, platform, PHONE);
  const { page } = vera;
  await followMail(page, /invites you to Harbour Dental/);
  await page.getByRole("button", { name: "Send me the link" }).click();
  await page.getByText("Check your inbox").waitFor();
  await followMail(page, "Sign in to Harbour Dental");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${platform.url}/`);
  await vera.look();
  await vera.visit("/more");
  for (const place of ["Billing", "Team", "Settings"]) {
    assert.equal(await page.getByRole("main").getByRole("link", { name: place, exact: true }).count(), 0, place);
  }
  for (const path of HIDDEN) {
    const response = await vera.context.request.get(path, { headers: { accept: "text/html" } });
    assert.equal(response.status(), 403, path);
  }
  await crawl(vera, (path, text) => assert.doesNotMatch(text, MONEY, path));
  await vera.leave();

  await owner.visit("/users");
  assert.equal(await owner.page.getByText("Invited", { exact: true }).count(), 0, "she has come");
  await owner.leave();
});

test("an address for Retell is copied, and without JavaScript it is there to be selected", async () => {
  const person = await Person.at(browser, platform, { ...PHONE, permissions: ["clipboard-read", "clipboard-write"] });
  await person.signIn();
  await person.visit("/settings/retell");
  const url = await person.page.getByLabel("Webhook URL", { exact: true }).inputValue();
  await person.page.locator("summary", { hasText: "Parameters to paste" }).first().click();
  await person.look();
  assert.match(url, /\/api\/v1\/webhook\/retell\/[a-z0-9_]+$/);
  await person.page.getByRole("button", { name: "Copy Webhook URL", exact: true }).click();
  await person.page.getByText("Copied").waitFor();
  assert.equal(await person.page.evaluate(() => navigator.clipboard.readText()), url);
  await person.leave();

  const plain = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  await plain.signIn();
  await plain.visit("/settings/retell");
  assert.equal(await plain.page.getByLabel("Webhook URL", { exact: true }).inputValue(), url);
  await plain.page.locator("summary", { hasText: "Replace the addresses" }).click();
  await plain.page.getByLabel("I will paste the new ones").check();
  await plain.page.getByRole("button", { name: "Replace the addresses" }).click();
  await plain.page.getByText("These are the new addresses.").waitFor();
  assert.notEqual(await plain.page.getByLabel("Webhook URL", { exact: true }).inputValue(), url);
  await plain.leave();
});

test("what is wrong with the settings is said at the field, and what was typed is still there", async () => {
  const person = await Person.at(browser, platform);
  person.expected = /status of 422/;
  const { page } = person;
  await person.signIn();
  await person.visit("/settings");
  await page.getByLabel("Time zone").fill("Mars/Olympus");
  await page.getByLabel("Name of the business").fill("Harbour <i>Dental</i>");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("Nothing was saved yet.").waitFor();
  await person.look();
  assert.equal(await page.getByLabel("Name of the business").inputValue(), "Harbour <i>Dental</i>");
  await page.getByLabel("Time zone").fill("Europe/Madrid");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("The details of your business are saved.").waitFor();
  await person.look();
  // What was not saved is not left without a question.
  await page.getByLabel("Contact person").fill("Somebody else");
  page.removeAllListeners("dialog");
  let asked;
  page.once("dialog", (dialog) => ((asked = dialog.type()), dialog.accept()));
  await page.getByRole("link", { name: "Home" }).first().click();
  await page.waitForURL(`${platform.url}/`);
  assert.equal(asked, "beforeunload");
  await person.leave();
});

// Opens the newest mail of that subject and the link in it. A mail is sent behind the request.
async function followMail(page, subject) {
  const mail = page.getByRole("link", { name: subject }).first();
  for (let tries = 0; tries < 40; tries += 1) {
    await page.goto("/dev/mail");
    if (await mail.count()) break;
  }
  await mail.click();
  await page.getByRole("link", { name: /api\/auth\/verify/ }).click();
}
