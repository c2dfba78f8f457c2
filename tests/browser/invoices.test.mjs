import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

for (const [where, options] of [["at a desk", DESK], ["on a phone in the dark", PHONE]]) {
  test(`${where} the invoice of last month is read and downloaded`, async () => {
    const person = await Person.at(browser, platform, options);
    const { page } = person;
    await person.signIn();
    await person.visit("/billing/invoices");
    await page.getByRole("link", { name: /INV-1-0001/ }).first().click();
    await page.getByRole("heading", { name: "Invoice INV-1-0001" }).waitFor();
    await page.getByText("Your prepaid balance covered all of it.").waitFor();
    await person.look();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download PDF" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /^INV-1-0001\.pdf$/);
    await person.leave();
  });

  test(`${where} a payment leads to its receipt`, async () => {
    const person = await Person.at(browser, platform, options);
    const { page } = person;
    await person.signIn();
    await person.visit("/billing/transactions?category=top_up");
    await page.getByRole("link", { name: /Payment by transfer/ }).first().click();
    await page.getByRole("heading", { name: /^Receipt txn_/ }).waitFor();
    await page.getByText("$150.00").first().waitFor();
    await person.look();
    await person.leave();
  });
}
