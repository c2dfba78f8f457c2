// Puts what the pages load into views/dist: files from packages and our own, each under a name with
// the hash of its content, packed by brotli and gzip, and a list of the names. Run by ops/assets.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const views = fileURLToPath(new URL("..", import.meta.url));
const packages = join(views, "node_modules");
const ours = join(views, "assets");
const dist = join(views, "dist");
const files = join(dist, "files");
const fonts = join(dist, "fonts");

// In this order: later ones override earlier ones.
const STYLES = ["tokens", "base", "shell", "parts", "forms", "call", "calls", "calendar", "appointments", "messages", "setup", "templates", "webhooks", "invoices", "top-up", "find", "guest", "narrow"];
const FONTS = ["latin", "latin-ext", "cyrillic"];
// Of documents, whole: nobody knows the names that will be on them. Beside the files, as nobody fetches them.
const PRINTED = { "noto-sans-regular.ttf": "400Regular/NotoSans_400Regular.ttf", "noto-sans-bold.ttf": "700Bold/NotoSans_700Bold.ttf", "OFL.txt": "LICENSE_FONT" };
const PACKED = new Set([".css", ".js", ".svg"]);

const text = (path) => readFileSync(path, "utf8");
const names = new Map();

rmSync(dist, { recursive: true, force: true });
mkdirSync(files, { recursive: true });
mkdirSync(fonts);

function put(name, content) {
  const bytes = Buffer.from(content);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const extension = extname(name);
  const hashed = `${basename(name, extension)}.${hash}${extension}`;
  writeFileSync(join(files, hashed), bytes);
  if (PACKED.has(extension)) {
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    writeFileSync(join(files, `${hashed}.br`), brotliCompressSync(bytes, quality));
    writeFileSync(join(files, `${hashed}.gz`), gzipSync(bytes, { level: 9 }));
  }
  names.set(name, hashed);
}

// An icon is in the sprite when a view or a script names it.
function usedIcons() {
  const sources = readdirSync(join(views, "src"), { recursive: true })
    .filter((name) => name.endsWith(".rs"))
    .map((name) => text(join(views, "src", name)));
  const found = sources.flatMap((source) => [...source.matchAll(/Icon\("([a-z0-9-]+)"\)/g)].map((match) => match[1]));
  return [...new Set(found)].filter((name) => name !== "mark").sort();
}

function symbol(name) {
  const svg = text(join(packages, "bootstrap-icons/icons", `${name}.svg`));
  const drawing = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").trim();
  return `<symbol id="${name}" viewBox="0 0 16 16">${drawing}</symbol>`;
}

const MARK =
  '<symbol id="mark" viewBox="0 0 18 18"><path d="M3 7v4M7 4v10M11 5.5v7M15 7.5v3" ' +
  'stroke="currentColor" stroke-width="1.9" stroke-linecap="round" fill="none"/></symbol>';

for (const script of FONTS) {
  const name = `geist-${script}-wght-normal.woff2`;
  put(name, readFileSync(join(packages, "@fontsource-variable/geist/files", name)));
}
put("bootstrap.css", text(join(packages, "bootstrap/dist/css/bootstrap.min.css")).replace(/\/\*# sourceMappingURL.*\*\//, ""));
const styles = STYLES.map((name) => text(join(ours, "css", `${name}.css`))).join("\n");
put("app.css", styles.replace(/url\(([\w.-]+)\)/g, (_, name) => `url(${names.get(name) ?? fail(name)})`));
put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${usedIcons().map(symbol).join("")}${MARK}</svg>`);
put("mark.svg", text(join(ours, "img/mark.svg")));
put("fullcalendar.js", text(join(packages, "fullcalendar/index.global.min.js")));
for (const name of readdirSync(join(ours, "js")).sort()) put(name, text(join(ours, "js", name)));
for (const [name, path] of Object.entries(PRINTED)) copyFileSync(join(packages, "@expo-google-fonts/noto-sans", path), join(fonts, name));

// A list that a program reads line by line: the name in the source, the name in the address.
writeFileSync(join(dist, "names.tsv"), [...names].map(([name, hashed]) => `${name}\t${hashed}\n`).join(""));

function fail(name) {
  throw new Error(`a style sheet names ${name}, which is not among the files`);
}
