import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";
import { endedCall } from "./lib/retell.mjs";

const SECONDS = 30;
let browser, platform, storage, address;

// Where Retell keeps recordings: what is asked for is answered in the parts it is asked for in.
before(async () => {
  const sound = wav(SECONDS);
  storage = createServer((request, response) => {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const [from, to] = range ? [Number(range[1]), range[2] ? Number(range[2]) : sound.length - 1] : [0, sound.length - 1];
    const headers = { "content-type": "audio/wav", "accept-ranges": "bytes", "content-length": to - from + 1 };
    if (range) headers["content-range"] = `bytes ${from}-${to}/${sound.length}`;
    response.writeHead(range ? 206 : 200, headers).end(sound.subarray(from, to + 1));
  });
  await new Promise((listening) => storage.listen(0, "127.0.0.1", listening));
  address = `127.0.0.1:${storage.address().port}`;
  [browser, platform] = await Promise.all([openBrowser(), Platform.start({ EGRESS_ALLOW: address })]);
});
after(async () => {
  await Promise.all([browser?.close(), platform?.stop()]);
  storage?.closeAllConnections();
  storage?.close();
});

const recorded = (name) =>
  endedCall(platform, name, {
    duration_seconds: SECONDS,
    recording_url: `http://${address}/recording.wav`,
    transcript: "Agent: Harbour Dental, how can I help?\nUser: My crown came loose.\nAgent: Come at eleven.",
    transcript_object: [
      said("agent", "Harbour Dental, how can I help?", 0.5, 3),
      said("user", "My crown came loose.", 10, 13),
      said("agent", "Come at eleven.", 20, 22),
    ],
  });

for (const [where, options] of [["at a desk", DESK], ["on a phone", PHONE]]) {
  test(`${where} a recording is heard, and heard from where somebody clicks in what was said`, async () => {
    const id = await recorded(`recording ${where}`);
    const person = await Person.at(browser, platform, options);
    const { page } = person;
    await person.signIn();
    await person.visit(`/calls/${id}`);
    const audio = page.locator("[data-player] audio");
    const isPast = (seconds) =>
      page.waitForFunction((at) => {
        const audio = document.querySelector("[data-player] audio");
        return !audio.paused && !audio.seeking && audio.currentTime > at && audio.currentTime < at + 8;
      }, seconds);
    await page.getByRole("button", { name: "Play", exact: true }).click();
    await isPast(0.05);
    assert.ok(Math.abs((await audio.evaluate((audio) => audio.duration)) - SECONDS) < 0.1, "as long as it is");
    await page.getByRole("button", { name: /0:20/ }).first().click();
    await isPast(20);
    await page.locator("[aria-current=true]", { hasText: "Come at eleven." }).waitFor();
    await page.getByRole("button", { name: /0:10/ }).first().click();
    await isPast(10);
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("[data-player] audio").paused);
    await person.leave();
  });
}

test("a recording is heard in the list, without leaving it", async () => {
  const id = await recorded("heard in the list");
  const person = await Person.at(browser, platform);
  await person.signIn();
  await person.visit("/calls");
  await person.page.locator(`a[data-play="${id}"]`).click();
  await person.page.waitForFunction(() => {
    const audio = document.querySelector("[data-mini] audio");
    return !audio.paused && audio.currentTime > 0.05;
  });
  await person.look();
  assert.equal(new URL(person.page.url()).pathname, "/calls");
  await person.leave();
});

test("without JavaScript the browser's own player has the recording", async () => {
  const id = await recorded("without scripts");
  const person = await Person.at(browser, platform, { ...DESK, javaScriptEnabled: false });
  await person.signIn();
  await person.visit(`/calls/${id}`);
  const source = await person.page.locator("audio").first().getAttribute("src");
  const part = await person.context.request.get(source, { headers: { range: "bytes=100-199" } });
  assert.equal(part.status(), 206);
  assert.equal((await part.body()).length, 100);
  await person.leave();
});

function said(role, content, start, end) {
  return { role, content, words: [{ word: content, start, end }] };
}

// A tone of so many seconds: 8,000 samples of a byte each second.
function wav(seconds) {
  const rate = 8000;
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + rate * seconds, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(rate * seconds, 40);
  const samples = Buffer.from(Array.from({ length: rate * seconds }, (_, at) => 128 + Math.round(40 * Math.sin(at / 3))));
  return Buffer.concat([head, samples]);
}
