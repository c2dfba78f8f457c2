// Somebody at a browser. Whatever goes wrong on a page that nobody would see in its text is kept and
// must be nothing at the end: console, policy, failed requests, and what axe finds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESK = { viewport: { width: 1440, height: 900 }, timezoneId: "America/New_York" };
export const PHONE = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
  timezoneId: "Asia/Kolkata",
  colorScheme: "dark",
};

export async function openBrowser() {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args });
}

export class Person {
  static async at(browser, platform, options = DESK) {
    const context = await browser.newContext({ baseURL: platform.url, locale: "en-US", ...options });
    const page = await context.newPage();
    const person = new Person();
    Object.assign(person, { context, page, platform, complaints: [], runsScripts: options.javaScriptEnabled !== false });
    const complain = (what) => person.complaints.push(`${page.url()}: ${what}`);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !person.isExpected(message.text())) complain(message.text());
    });
    page.on("pageerror", (error) => complain(error.message));
    page.on("dialog", (dialog) => (complain(`a dialog: ${dialog.message()}`), dialog.dismiss()));
    page.on("requestfailed", (request) => {
      // A page that is left takes its unfinished requests along.
      if (request.failure()?.errorText !== "net::ERR_ABORTED") complain(`${request.url()} ${request.failure()?.errorText}`);
    });
    return person;
  }

  // Chromium says on the console that a page answered 404, which the test has asked for.
  isExpected(text) {
    return this.expected?.test(text) ?? false;
  }

  async signIn(email) {
    await this.page.goto(await this.platform.link(email));
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await this.page.waitForURL((url) => !url.pathname.startsWith("/api/"));
  }

  // Opens a page and looks at it as machines can: one heading, nothing that axe minds, no wider than
  // the screen.
  async visit(path, status = 200) {
    const response = await this.page.goto(path);
    assert.equal(response.status(), status, path);
    await this.look();
  }

  async look() {
    const where = this.page.url();
    assert.equal(await this.page.locator("h1").count(), 1, `${where}: one h1`);
    if (!this.runsScripts) return;
    const width = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(width <= 0, `${where} is ${width} px wider than the screen`);
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    // A week without appointments has nothing in it to be focused; browsers let keys scroll it all the same.
    const isMinded = ({ id, nodes }) => id !== "scrollable-region-focusable" || !nodes.every(({ target }) => /\.fc-scroller/.test(target));
    const found = violations.filter(isMinded).map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
    assert.deepEqual(found, [], where);
  }

  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}
