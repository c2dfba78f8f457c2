import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

const PAGES = ["/", "/more", "/account"];

for (const [where, options] of [["at a desk in New York", DESK], ["on a phone in Kolkata", PHONE]]) {
  test(`${where} somebody signs in by the link in the mail and comes to the page they wanted`, async () => {
    const person = await Person.at(browser, platform, options);
    const { page } = person;
    await page.goto("/account");
    await person.look();
    await page.getByLabel("E-mail address").fill(platform.owner);
    await page.getByRole("button", { name: "Send me a link" }).click();
    await page.getByRole("status").getByText("Check your inbox").waitFor();
    await person.look();
    await page.goto("/dev/mail");
    await page.getByRole("link", { name: "Sign in to Harbour Dental" }).first().click();
    await person.look();
    await page.getByRole("link", { name: /api\/auth\/verify/ }).click();
    await person.look();
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/account");
    for (const path of [...PAGES, "/api/docs"]) await person.visit(path);
    await person.leave();
  });

  test(`${where} every instant is shown in the zone of the browser`, async () => {
    const person = await Person.at(browser, platform, options);
    await person.signIn();
    await person.visit("/account");
    const shown = person.page.locator("time[data-style=date-time]").first();
    const instant = await shown.getAttribute("datetime");
    const zoned = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", timeZone: options.timezoneId });
    const expected = zoned.format(new Date(instant)).replace(/\s/g, " ");
    assert.ok((await shown.textContent()).endsWith(expected), `${await shown.textContent()} is not ${expected}`);
    // The server was told meanwhile: without the script it says the same.
    const text = await (await person.context.request.get("/account")).text();
    assert.ok(text.includes(`${expected}</time>`), expected);
    await person.leave();
  });
}

test("without JavaScript somebody signs in, makes a token, revokes it and signs out", async () => {
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  const { page } = person;
  await person.signIn();
  await person.visit("/account");
  await page.getByLabel("Name of the program").fill("Till <b>1</b>");
  await page.getByRole("button", { name: "Make a token" }).click();
  assert.match(await page.locator("code").textContent(), /^voice_/);
  await page.getByRole("button", { name: "Revoke Till <b>1</b>" }).click();
  await page.getByText("The token is revoked.").waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL("**/login");
  await person.leave();
});

test("the theme is switched in place and stays", async () => {
  const person = await Person.at(browser, platform);
  await person.signIn();
  await person.visit("/");
  const theme = () => person.page.locator("html").getAttribute("data-bs-theme");
  assert.equal(await theme(), "light");
  await person.page.getByRole("button", { name: "Switch to the dark theme" }).click();
  assert.equal(await theme(), "dark");
  await person.visit("/account");
  assert.equal(await theme(), "dark");
  await person.leave();
});

test("a page that is not there says so and leads back", async () => {
  const person = await Person.at(browser, platform);
  person.expected = /status of 404/;
  await person.signIn();
  await person.visit("/no/such/page", 404);
  await person.page.getByRole("link", { name: "Back to the first page" }).click();
  await person.page.waitForURL(`${platform.url}/`);
  await person.leave();
});
