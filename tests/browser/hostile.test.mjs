// Whatever strangers say, write and call themselves is text on every page, and nothing else.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { tuesdayAhead } from "./lib/days.mjs";
import { PAGES } from "./lib/pages.mjs";
import { DESK, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";
import { endedCall, send } from "./lib/retell.mjs";

let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

const EVIL = `"'><img src=x onerror=alert(1)><script>alert(2)</script></textarea></title><a href="javascript:alert(3)">x</a>{{7*7}}\u202e\u0000`.replace("\u0000", "");

test("names, notes, transcripts and reasons of strangers run nowhere", async () => {
  const person = await Person.at(browser, platform);
  await person.signIn();
  const call = await endedCall(platform, "c'><script>alert(4)</script>", {
    from_number: EVIL.slice(0, 60), transcript: `Agent: ${EVIL}\nUser: ${EVIL}`, call_summary: EVIL, call_score: 12,
    transcript_object: [
      { role: "agent", content: EVIL, words: [{ word: EVIL, start: 0, end: 2 }] },
      { role: "user", content: EVIL, words: [{ word: EVIL, start: 3, end: 5 }] },
    ],
    call_analysis: { user_sentiment: EVIL, topics: [EVIL], [EVIL]: EVIL }, improvement_recommendations: [EVIL, `At 0:03 ${EVIL}`],
    agent_id: EVIL, recording_url: `javascript:alert(5)//${EVIL}`,
  });
  const booked = await send(platform, "book_url", {
    args: { date: tuesdayAhead(12), time: "10:00", caller_name: EVIL.slice(0, 90), notes: EVIL, caller_email: "x@example.com" },
    call: { call_id: "other" },
  });
  assert.equal(booked.success, true, booked.message);
  const write = async (method, path, data) => {
    const answer = await person.context.request.fetch(path, { method, data });
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  await write("POST", "/api/blocked-dates", { date: tuesdayAhead(40), reason: EVIL.slice(0, 150) });
  await write("PUT", "/api/settings", { name: EVIL.slice(0, 90), company: EVIL.slice(0, 90) });
  const user = await write("POST", "/api/users", { email: "evil@example.com", full_name: EVIL.slice(0, 90), role: "user" });
  await write("POST", "/api/auth/tokens", { name: EVIL.slice(0, 60) });
  const own = [`/calls/${call}`, `/appointments/${booked.appointment_id}`, `/users/${user.id}`, `/find?q=${encodeURIComponent(EVIL)}`, "/calls?q=alert", `/calls?number=${encodeURIComponent(EVIL)}`];
  for (const path of [...PAGES, ...own]) {
    await person.visit(path);
    assert.equal(await person.page.locator("main img, main script:not([src]), a[href^='javascript:']").count(), 0, path);
  }
  await person.leave();
});
