// Every page of the demo business as a picture: at a desk and on a phone, light and dark. Run by
// ops/screenshots with the folder to write into.
import { join } from "node:path";

import { PAGES } from "./lib/pages.mjs";
import { DESK, PHONE, Person, openBrowser } from "./lib/person.mjs";
import { Platform } from "./lib/platform.mjs";

const folder = process.argv[2];
const LOOKS = [
  ["desktop", { ...DESK, colorScheme: "light" }],
  ["desktop-dark", { ...DESK, colorScheme: "dark" }],
  ["phone", { ...PHONE, colorScheme: "light" }],
  ["phone-dark", { ...PHONE, colorScheme: "dark" }],
];

const [browser, platform] = await Promise.all([openBrowser(), Platform.start()]);
try {
  for (const [look, options] of LOOKS) {
    const person = await Person.at(browser, platform, options);
    const take = async (path) => {
      // Whoever listens is never idle.
      await person.page.route("**/live?*", (route) => route.abort());
      await person.page.goto(path, { waitUntil: "networkidle" });
      const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "home";
      await person.page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: true });
    };
    await take("/login");
    await person.signIn();
    for (const path of PAGES) await take(path);
    await take("/api/docs");
    await person.context.close();
  }
} finally {
  await Promise.all([browser.close(), platform.stop()]);
}
