import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESK, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

const EDITOR = "/settings/messages/booked/sms";

test("what a guest would read follows what is typed, and what is wrong is told beside it", async () => {
  const person = await Person.at(browser, platform);
  const { page } = person;
  await person.signIn();
  await person.visit(EDITOR);
  const words = page.getByLabel("Message", { exact: true });
  await words.fill("Hi! See you on ");
  await page.getByRole("button", { name: "Date", exact: true }).click();
  assert.equal(await words.inputValue(), "Hi! See you on {date}");
  await page.locator(".bubble", { hasText: /^Hi! See you on \w+ \d+, \d{4}\s+Reply STOP to opt out\.$/ }).waitFor();
  await words.pressSequentially(" {dat}");
  await page.getByText("{dat} in line 1, column 23 is not a variable").waitFor();
  assert.equal(await words.getAttribute("aria-invalid"), "true");
  await person.look();
  await words.fill("Hi! See you on {date}.");
  await page.locator(".bubble", { hasText: "Hi! See you on" }).waitFor();
  assert.equal(await words.getAttribute("aria-invalid"), null);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved. Guests read it from the next message on.").waitFor();
  await person.look();
  await page.getByRole("button", { name: "Reset to default" }).click();
  await page.getByText("Guests read the default again.").waitFor();
  await person.leave();
});

test("without scripts a button shows what a guest would read", async () => {
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  const { page } = person;
  await person.signIn();
  await page.goto(EDITOR);
  await page.getByText("{first_name}", { exact: true }).waitFor();
  await page.getByLabel("Message", { exact: true }).fill("Hi {first_name}! STOP");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.locator(".bubble", { hasText: "Hi Ana! STOP" }).waitFor();
  assert.equal(await page.getByLabel("Message", { exact: true }).inputValue(), "Hi {first_name}! STOP");
  await person.leave();
});
