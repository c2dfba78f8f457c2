// A guest with the link of a message, in another time zone than the business, with and without scripts.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";

import { bookedByPhone, dayAhead } from "./lib/guest.mjs";
import { PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
// Arizona has no summer time and Kolkata none either: what their clocks show beside each other is the
// same all year. The first free time there, half past eight, is nine in the evening in Kolkata.
before(async () => {
  [browser, platform] = await Promise.all([openBrowser(), Platform.start()]);
  const owner = await asOwner();
  const set = await owner.context.request.put("/api/settings", { data: { timezone: "America/Phoenix" } });
  assert.equal(set.status(), 200);
  await owner.leave();
});
after(async () => Promise.all([browser?.close(), platform?.stop()]));

async function asOwner() {
  const owner = await Person.at(browser, platform);
  await owner.signIn();
  return owner;
}

test("a guest elsewhere reads both times, moves, keeps the appointment and cancels it", async () => {
  const date = dayAhead();
  const link = await bookedByPhone(platform, date);
  const guest = await Person.at(browser, platform, PHONE);
  const { page } = guest;
  await guest.visit(link);
  await page.getByText("9:00 PM to 9:30 PM").waitFor();
  await page.getByText("in your time · 8:30 AM in Phoenix").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Add to your calendar" }).click()]);
  assert.match(await readFile(await download.path(), "utf8"), /DTSTART:\d{8}T153000Z/);

  await page.getByRole("link", { name: "Move to another time" }).click();
  await page.getByText("9:00 PM in your time (8:30 AM in Phoenix)").waitFor();
  await guest.look();
  await guest.visit(`${link}/move?date=${date}`);
  await page.getByText("In your time, and below it the time in Phoenix.").waitFor();
  // Past midnight it is the next day for the guest, and says so.
  const late = page.locator(".g-slot", { hasText: "12:00 PM in Phoenix" });
  assert.match(await late.innerText(), /^(Wed|Thu) 12:30 AM/);
  await page.locator(".g-slot", { hasText: "10:00 AM in Phoenix" }).click();
  await page.getByRole("button", { name: "Move to this time" }).click();
  await page.getByText("Your appointment has been moved.").waitFor();
  await page.getByText("10:30 PM to 11:00 PM").waitFor();
  await guest.look();

  await page.getByRole("link", { name: "Cancel appointment" }).click();
  await guest.look();
  await page.getByRole("link", { name: "Keep it" }).click();
  await page.getByRole("link", { name: "Cancel appointment" }).click();
  await page.getByLabel("Why?").fill("I am away");
  await page.getByRole("button", { name: "Cancel appointment" }).click();
  await page.getByRole("heading", { name: "Your appointment is cancelled" }).waitFor();
  await guest.look();
  assert.deepEqual(await guest.context.cookies(), [], "nobody is known again by these pages");

  const owner = await asOwner();
  const told = await owner.context.request.get(`/api/appointments?status=cancelled&from=${date}`);
  assert.ok((await told.json()).items.some((one) => one.cancellation_reason === "I am away"));
  await guest.leave();
  await owner.leave();
});

test("without scripts a guest reads the business's time and moves and cancels all the same", async () => {
  const date = dayAhead();
  const link = await bookedByPhone(platform, date, "Noor Haddad");
  const guest = await Person.at(browser, platform, { ...PHONE, javaScriptEnabled: false });
  const { page } = guest;
  await guest.visit(link);
  await page.getByText("8:30 AM to 9:00 AM").waitFor();
  await page.getByText("Phoenix time").waitFor();
  await guest.visit(`${link}/move?date=${date}`);
  await page.getByText("Times in Phoenix time.").waitFor();
  await page.getByLabel("11:00 AM").check({ force: true });
  await page.getByRole("button", { name: "Move to this time" }).click();
  await page.getByText("Your appointment has been moved.").waitFor();
  await page.getByText("11:00 AM to 11:30 AM").waitFor();
  await page.getByRole("link", { name: "Cancel appointment" }).click();
  await page.getByRole("button", { name: "Cancel appointment" }).click();
  await page.getByRole("heading", { name: "Your appointment is cancelled" }).waitFor();
  await guest.leave();
});

test("who stands in the business's zone reads one time", async () => {
  const link = await bookedByPhone(platform, dayAhead(), "Ida Lund");
  const guest = await Person.at(browser, platform, { ...PHONE, timezoneId: "America/Phoenix" });
  await guest.visit(link);
  assert.equal(await guest.page.locator(".g-zone").innerText(), "Phoenix time");
  await guest.leave();
});
