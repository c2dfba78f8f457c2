import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { tuesdayAhead } from "./lib/days.mjs";
import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";
import { post } from "./lib/retell.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

// What Retell tells of a call of this many seconds.
async function report(event, name, seconds = 0, number = "+15550100188") {
  const start = Date.now() - seconds * 1000;
  const call = {
    call_id: name, agent_id: "agent_demo", call_type: "phone_call", direction: "inbound",
    from_number: number, to_number: "+15550100100", start_timestamp: start,
    call_status: event === "call_started" ? "ongoing" : "ended",
  };
  if (event !== "call_started") Object.assign(call, { end_timestamp: start + seconds * 1000, duration_ms: seconds * 1000 });
  if (event === "call_analyzed") call.recording_url = "https://recordings.example.com/live.wav";
  if (event === "call_analyzed") call.call_analysis = { call_summary: "Asked for <b>a crown</b>.", user_sentiment: "Positive" };
  const answer = await post(`${platform.url}/api/v1/webhook/retell/${platform.demo.api_key}`, { event, call });
  return answer.call_id;
}

async function watching(path, options) {
  const person = await Person.at(browser, platform, options);
  await person.signIn();
  await person.visit(path);
  await person.page.getByText("Live", { exact: true }).waitFor({ state: "attached" });
  // Gone when the page is loaded anew.
  await person.page.evaluate(() => (globalThis.isTheSamePage = true));
  return person;
}

async function leaves(...people) {
  for (const person of people) {
    assert.ok(await person.page.evaluate(() => globalThis.isTheSamePage), `${person.page.url()} was loaded anew`);
    await person.look();
    await person.leave();
  }
}

test("a call is seen to begin, to end and to cost something, by whoever looks on", async () => {
  const [list, home] = [await watching("/calls"), await watching("/", PHONE)];
  const pill = list.page.locator(".pill-bal");
  const before = await pill.textContent();
  await report("call_started", "live_1");
  for (const { page } of [list, home]) {
    await page.getByText("On the phone now").waitFor();
    await page.locator("#live-now").getByText("+1 (555) 010-0188").waitFor();
  }
  for (const person of [list, home]) await person.look();
  const id = await report("call_ended", "live_1", 120);
  for (const { page } of [list, home]) {
    await page.getByText("On the phone now").waitFor({ state: "hidden" });
    await page.locator(`table a.rowlink[href="/calls/${id}"]`).waitFor();
  }
  await list.page.waitForFunction((text) => document.querySelector(".pill-bal").textContent !== text, before);
  await leaves(list, home);
});

test("the page of a call learns what came of it, and gets its player", async () => {
  const id = await report("call_ended", "live_2", 60);
  const person = await watching(`/calls/${id}`);
  await report("call_analyzed", "live_2", 60);
  await person.page.getByText("Asked for <b>a crown</b>.").waitFor();
  await person.page.locator("[data-player].dressed").waitFor();
  await leaves(person);
});

test("an appointment that is booked on the telephone appears in the calendar", async () => {
  const [week, list] = [await watching("/calendar?view=week"), await watching("/appointments")];
  const book = `${platform.url}/api/v1/function/book/${platform.demo.api_key}`;
  // Nothing of the demo's is booked so far ahead.
  const date = tuesdayAhead(20);
  const { available_slots: slots } = await (await week.context.request.get(`/api/availability?date=${date}`)).json();
  const body = { date, time: slots[1].start, name: "Quentin Live", phone: "+15550100144", duration_minutes: 30 };
  const answer = await (await fetch(book, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
  assert.equal(answer.success, true, answer.message);
  await list.page.getByRole("link", { name: "Quentin Live" }).waitFor();
  await week.page.goto(`/calendar?view=week&date=${date}`);
  await week.page.locator("a.fc-event", { hasText: "Quentin Live" }).waitFor();
  await week.page.getByText("Live", { exact: true }).waitFor({ state: "attached" });
  await week.page.evaluate(() => (globalThis.isTheSamePage = true));
  const gone = await list.context.request.delete(`/api/appointments/${answer.appointment_id}?reason=test`);
  assert.ok(gone.ok(), String(gone.status()));
  await week.page.locator("a.fc-event.ev-cancel", { hasText: "Quentin Live" }).waitFor();
  await leaves(week, list);
});

test("what somebody types is left alone, and the focus stays", async () => {
  const person = await watching("/calls");
  const { page } = person;
  await page.getByLabel("Words that were said").fill("crow");
  const link = page.locator("table a.rowlink").first();
  const href = await link.getAttribute("href");
  await link.focus();
  const id = await report("call_ended", "live_3", 30);
  await page.locator(`table a.rowlink[href="/calls/${id}"]`).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), href);
  assert.equal(await page.getByLabel("Words that were said").inputValue(), "crow");
  await leaves(person);
});

test("a page that nobody looks at does not listen, and one that is looked at again has caught up", async () => {
  const person = await watching("/calls");
  const { page } = person;
  const show = (state) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => state === "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const ended = page.waitForEvent("requestfailed", (request) => new URL(request.url()).pathname === "/live");
  await show("hidden");
  await ended;
  const id = await report("call_ended", "live_4", 30);
  await show("visible");
  await page.locator(`table a.rowlink[href="/calls/${id}"]`).waitFor();
  await leaves(person);
});

test("a page says when it hears nothing, and catches up when the server is back", async () => {
  const person = await watching("/calls", PHONE);
  const { page } = person;
  // A server that is away is not the page's fault.
  person.expected = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/;
  await platform.halt();
  await page.getByText("Reconnecting…").waitFor();
  await person.look();
  await platform.resume();
  const id = await report("call_ended", "live_5", 30);
  await page.getByText("Live", { exact: true }).waitFor();
  await page.locator(`table a.rowlink[href="/calls/${id}"]`).waitFor();
  person.complaints = person.complaints.filter((complaint) => !person.expected.test(complaint));
  await leaves(person);
});

test("what happens while a page is being read anew is on it soon after", async () => {
  const person = await watching("/calls");
  const { page } = person;
  // The first answer is kept back until something else has happened.
  let letGo;
  const kept = new Promise((resolve) => (letGo = resolve));
  const asked = new Promise((resolve) => {
    page.route("**/calls", async (route) => {
      if (!route.request().headers()["x-live"]) return route.continue();
      const response = await route.fetch();
      resolve();
      await kept;
      await route.fulfill({ response });
    }, { times: 1 });
  });
  const first = await report("call_ended", "live_6", 30);
  await asked;
  const second = await report("call_ended", "live_7", 30);
  letGo();
  for (const id of [first, second]) await page.locator(`table a.rowlink[href="/calls/${id}"]`).waitFor();
  await leaves(person);
});

test("a call that is given to a colleague leaves the screen of whoever may not see it any more", async () => {
  const id = await report("call_ended", "live_8", 60);
  const owner = await Person.at(browser, platform);
  await owner.signIn();
  const users = await Promise.all(["ben", "eve"].map(async (name) => {
    const data = { email: `${name}-live@example.com`, full_name: name, role: "user" };
    return (await (await owner.context.request.post("/api/users", { data })).json()).id;
  }));
  const give = async (user_id) => {
    const given = await owner.context.request.put(`/api/calls/${id}/assignee`, { data: { user_id } });
    assert.ok(given.ok(), await given.text());
  };
  await give(users[0]);
  const ben = await Person.at(browser, platform);
  ben.expected = /404/;
  await ben.signIn("ben-live@example.com");
  await ben.visit(`/calls/${id}`);
  await ben.page.getByText("Live", { exact: true }).waitFor({ state: "attached" });
  await give(users[1]);
  await ben.page.getByRole("heading", { level: 1, name: "There is nothing here" }).waitFor();
  await ben.leave();
  await owner.leave();
});

test("a page whose session has ended says so", async () => {
  const person = await watching("/calls");
  person.expected = /401/;
  const answer = await person.context.request.post("/account/sign-out", { headers: { origin: platform.url } });
  assert.ok(answer.ok(), String(answer.status()));
  // The session is looked at every twenty seconds.
  await person.page.getByText("Signed out").waitFor({ timeout: 60_000 });
  await leaves(person);
});
