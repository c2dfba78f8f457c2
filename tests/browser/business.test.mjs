// What the pages say is what callers are offered, and what the ledger has.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { tuesdayAhead } from "./lib/days.mjs";
import { DESK, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";
import { send } from "./lib/retell.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

test("hours that are changed on the page are what the agent is told", async () => {
  const person = await Person.at(browser, platform);
  const { page } = person;
  await person.signIn();
  const day = tuesdayAhead(14);
  const offered = async () => (await send(platform, "availability_url", { args: { date: day }, call: {} })).available_slots.map(({ start }) => start);
  const before = await offered();
  assert.equal(before[0], "08:30");
  await person.visit("/hours");
  await page.locator("[name='d2-0-from']").fill("13:00");
  await page.locator("[name='d2-0-to']").fill("15:00");
  await page.getByRole("button", { name: "Save the week" }).click();
  await page.getByText("The opening hours are saved.").waitFor();
  await person.look();
  const after = await offered();
  assert.deepEqual(after, ["13:30", "14:00", "14:30"], "a pause until half past one stays");
  await person.leave();
});

test("the CSV of the transactions is the ledger, line by line", async () => {
  const person = await Person.at(browser, platform);
  const { page } = person;
  await person.signIn();
  await person.visit("/billing/transactions?type=debit");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
  const [head, ...rows] = (await readFile(await download.path(), "utf8")).trim().split("\r\n").map(cells);
  const column = (name) => {
    const at = head.indexOf(name);
    assert.ok(at >= 0, `${name} of ${head}`);
    return rows.map((row) => row[at]);
  };
  const ledger = [];
  for (let number = 1; ; number += 1) {
    const answer = await person.context.request.get(`/api/billing/transactions?type=debit&per_page=200&page=${number}`);
    const { items } = await answer.json();
    if (!items.length) break;
    ledger.push(...items);
  }
  assert.ok(ledger.length > 20, `${ledger.length} lines`);
  assert.deepEqual(column("amount").map(Number), ledger.map(({ amount }) => amount));
  assert.deepEqual(column("balance_after").map(Number), ledger.map(({ balance_after: left }) => left));
  // What is left is what was paid less every line.
  const paid = (await (await person.context.request.get("/api/billing/transactions?type=credit")).json()).items;
  const cents = (amounts) => amounts.reduce((sum, amount) => sum + Math.round(amount * 10_000), 0);
  const { balance } = await (await person.context.request.get("/api/billing/balance")).json();
  assert.equal(cents(paid.map(({ amount }) => amount)) + cents(ledger.map(({ amount }) => amount)), Math.round(balance * 10_000));
  await person.leave();
});

// The cells of a line of CSV.
function cells(line) {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}
