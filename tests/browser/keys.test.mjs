import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

async function signedIn(options = DESK) {
  const person = await Person.at(browser, platform, options);
  await person.signIn();
  return person;
}

test("a guest is found by Ctrl-K and a few letters, and opened by keys alone", async () => {
  const person = await signedIn();
  const { page } = person;
  await page.keyboard.press("Control+k");
  const dialog = page.getByRole("dialog", { name: "Find" });
  await dialog.getByRole("searchbox").waitFor();
  await person.look();
  await page.keyboard.type("volk");
  await dialog.getByRole("link", { name: /Dmitri Volkov/ }).waitFor();
  await person.look();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/appointments/apt_*");
  await page.getByRole("heading", { name: /Dmitri Volkov/ }).waitFor();
  await person.leave();
});

test("the dialog goes by Escape, and the focus is where it was", async () => {
  const person = await signedIn();
  const { page } = person;
  const button = page.getByRole("link", { name: "Find a caller, call or appointment" });
  await button.click();
  await page.getByRole("dialog", { name: "Find" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Find" }).waitFor({ state: "hidden" });
  assert.ok(await button.evaluate((node) => node === document.activeElement));
  await person.leave();
});

test("on a phone the finder is under the magnifying glass", async () => {
  const person = await signedIn(PHONE);
  const { page } = person;
  await page.getByRole("link", { name: "Find a caller, call or appointment" }).click();
  await page.getByRole("dialog", { name: "Find" }).getByRole("searchbox").fill("settings");
  await page.getByRole("dialog").getByRole("link", { name: "Settings" }).waitFor();
  await person.look();
  await person.leave();
});

test("without JavaScript the finder and the keys are pages", async () => {
  const person = await signedIn({ ...DESK, javaScriptEnabled: false });
  const { page } = person;
  await page.getByRole("link", { name: "Find a caller, call or appointment" }).click();
  await page.getByRole("searchbox").fill("Volkov");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("link", { name: /Dmitri Volkov/ }).click();
  await page.waitForURL("**/appointments/apt_*");
  await page.getByRole("link", { name: "Keyboard shortcuts" }).click();
  await page.getByText("The next row").waitFor();
  await person.leave();
});

test("J and K walk through a list, G and a letter go to a page, ? shows the keys", async () => {
  const person = await signedIn();
  const { page } = person;
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL("**/calls");
  const rows = page.locator("main .rowlink");
  await rows.first().waitFor();
  const focused = () => page.evaluate(() => [...document.querySelectorAll("main .rowlink")].indexOf(document.activeElement));
  for (const [key, row] of [["j", 0], ["j", 1], ["k", 0], ["k", 0]]) {
    await page.keyboard.press(key);
    assert.equal(await focused(), row, key);
  }
  await page.keyboard.press("/");
  assert.ok(await page.evaluate(() => document.activeElement.matches("main input[type=search]")));
  // Where somebody types, a letter is a letter.
  await page.keyboard.type("jk?");
  assert.equal(await page.locator("main input[type=search]").first().inputValue(), "jk?");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).getByText("The next row").waitFor();
  await person.look();
  await page.keyboard.press("Escape");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/calls/call_*");
  await person.leave();
});
