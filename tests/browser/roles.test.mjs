// What each role can reach, page by page, and what comes to them over the open line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { crawl } from "./lib/crawl.mjs";
import { DESK, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";
import { endedCall } from "./lib/retell.mjs";

const MONEY = /[$€£]|USD/;
let browser, platform;
before(async () => ([browser, platform] = await Promise.all([openBrowser(), Platform.start()])));
after(async () => Promise.all([browser?.close(), platform?.stop()]));

const asRole = async (email) => {
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  await person.signIn(email);
  return person;
};

test("every link that an owner finds leads somewhere", async () => {
  const owner = await asRole();
  assert.ok((await crawl(owner)) > 60);
  await owner.leave();
});

for (const [role, flags] of [
  ["user", { can_view_all_calls: true, can_manage_calendar: true, can_download_recordings: true }],
  ["user", {}],
  ["viewer", { can_view_all_calls: true }],
]) {
  const may = Object.keys(flags).length;
  test(`every link that a ${role} with ${may} permissions finds leads somewhere, and none shows an amount`, async () => {
    const owner = await asRole();
    const email = `${role}-${may}@example.com`;
    const made = await owner.context.request.post("/api/users", { data: { email, full_name: "Robin", role, ...flags } });
    assert.equal(made.status(), 201, await made.text());
    const person = await asRole(email);
    const pages = await crawl(person, (path, text) => assert.doesNotMatch(text, MONEY, path));
    assert.ok(pages > 12, `${pages} pages`);
    await person.leave();
    await owner.leave();
  });
}

test("the open line of a user without billing says nothing of money", async () => {
  const owner = await asRole();
  const made = await owner.context.request.post("/api/users", { data: { email: "line@example.com", full_name: "Lin", role: "viewer", can_view_all_calls: true } });
  assert.equal(made.status(), 201);
  const person = await asRole("line@example.com");
  const cookie = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const stream = await fetch(`${platform.url}/live`, { headers: { cookie, accept: "text/event-stream" } });
  assert.equal(stream.status, 200);
  const reader = stream.body.getReader();
  const first = reader.read();
  const id = await endedCall(platform, "heard", { duration_seconds: 90, call_summary: "Costs a lot" });
  let heard = "";
  for (let part = await first; !heard.includes(`data: ${id}`); part = await reader.read()) heard += new TextDecoder().decode(part.value);
  assert.match(heard, /event: calls/);
  assert.doesNotMatch(heard, /balance|[$€£]|\d\.\d|5550100|Costs/);
  await reader.cancel();
  await person.leave();
  await owner.leave();
});
