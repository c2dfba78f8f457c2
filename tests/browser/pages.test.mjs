import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { tuesdayAhead } from "./lib/days.mjs";
import { PAGES } from "./lib/pages.mjs";
import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

for (const [where, options] of [["at a desk", DESK], ["on a phone in the dark", PHONE]]) {
  test(`${where} every page is what a page must be`, async () => {
    const person = await Person.at(browser, platform, options);
    await person.signIn();
    for (const path of PAGES) await person.visit(path);
    await person.leave();
  });
}

test("the second page of the calls is a click away", async () => {
  const person = await Person.at(browser, platform);
  await person.signIn();
  await person.visit("/calls");
  await person.page.getByRole("link", { name: "Older", exact: true }).click();
  await person.page.getByText(/^51–/).waitFor();
  const link = person.page.getByRole("link", { name: "Newer", exact: true });
  const [button, bar] = [await link.boundingBox(), await person.page.getByRole("navigation", { name: "Pages" }).boundingBox()];
  assert.ok(button.y >= bar.y && button.y + button.height <= bar.y + bar.height, "the whole button is to be seen");
  await person.leave();
});

test("a call is found by words of its transcript and opened", async () => {
  const person = await Person.at(browser, platform);
  const { page } = person;
  await person.signIn();
  // Calls are put into the search behind their commit.
  await assert.doesNotReject(async () => {
    for (let tries = 0; tries < 40; tries += 1) {
      await page.goto("/calls?q=came+loose");
      if (await page.locator("table mark").count()) return;
    }
    throw new Error("the call is not found");
  });
  assert.equal((await page.locator("table mark").first().textContent()).toLowerCase(), "came");
  await page.locator("table tbody a").first().click();
  await page.waitForURL("**/calls/call_*");
  await page.getByText("My crown came loose.").first().waitFor();
  await person.look();
  await person.leave();
});

test("an appointment is dragged to another day and half an hour on, and the database has it there", async () => {
  const person = await Person.at(browser, platform);
  const { page } = person;
  await person.signIn();
  const standing = async () => {
    const answer = await person.context.request.get("/api/appointments?q=Chlo%C3%A9");
    return (await answer.json()).items.find(({ status }) => status === "scheduled");
  };
  const before = await standing();
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: DESK.timezoneId }).format(new Date(before.start_time));
  await page.goto(`/calendar?view=week&date=${day}`);
  const event = page.locator("a.fc-event", { hasText: "Chloé" });
  await event.scrollIntoViewIfNeeded();
  const slot = (await page.locator(".fc-timegrid-slot-lane").first().boundingBox()).height;
  const box = await event.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const answered = page.waitForResponse((response) => response.request().method() === "PUT");
  await page.mouse.move(x, y);
  await page.mouse.down();
  // To the next day, or the one before where that is a Saturday.
  const days = new Date(`${day}T12:00:00Z`).getUTCDay() === 5 ? -1 : 1;
  const wide = (await page.locator("td.fc-timegrid-col.fc-day").first().boundingBox()).width;
  await page.mouse.move(x + (days * wide) / 2, y + slot / 2, { steps: 4 });
  await page.mouse.move(x + days * wide, y + slot, { steps: 6 });
  await page.mouse.up();
  assert.equal((await answered).status(), 200);
  const moved = new Date((await standing()).start_time) - new Date(before.start_time);
  assert.equal(moved, (days * 24 * 60 + 30) * 60 * 1000);
  await person.leave();
});

test("without JavaScript an appointment is made, moved and called off", async () => {
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  const { page } = person;
  await person.signIn();
  const free = await (await person.context.request.get(`/api/availability?date=${tuesdayAhead(9)}`)).json();
  const [first, second] = [free.available_slots[2], free.available_slots[6]];
  await person.visit("/appointments/new");
  // Without the script the form is in the zone of the business, which slots are in, too.
  await page.getByLabel("Date").fill(tuesdayAhead(9));
  await page.getByLabel("Time", { exact: true }).fill(first.start);
  await page.getByLabel("Guest").fill("Zoë <i>Quist</i>");
  await page.getByRole("button", { name: "Make the appointment" }).click();
  await page.getByText("The appointment is made.").waitFor();
  await page.getByText("Zoë <i>Quist</i>").first().waitFor();
  await page.locator("summary", { hasText: "Reschedule" }).click();
  await page.getByLabel("Time", { exact: true }).fill(second.start);
  await page.getByRole("button", { name: "Move the appointment" }).click();
  await page.getByText("The appointment has its new time.").waitFor();
  await page.locator("summary", { hasText: "Cancel" }).click();
  await page.getByRole("button", { name: "Cancel the appointment" }).click();
  await page.getByText("The appointment is cancelled.").waitFor();
  // Lists are searched and leafed through, too.
  await person.visit("/calls");
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await page.getByText(/^51–/).waitFor();
  await page.getByLabel("Words that were said").fill("insurance");
  await page.getByRole("button", { name: "Search" }).click();
  await page.locator("table mark:visible").first().waitFor();
  await person.leave();
});
