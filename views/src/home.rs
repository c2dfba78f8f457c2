//! The page at the root, for whoever opens the address in a browser.

use maud::{DOCTYPE, PreEscaped, html};

/// Light and dark, phone and desk. In the page, because there is no other page to share it with.
const STYLE: &str = "
:root{color-scheme:light dark;--ink:#16181d;--dim:#5c6370;--line:#e4e6ea;--ground:#fafafa;--card:#fff;--accent:#0f766e}
@media(prefers-color-scheme:dark){:root{--ink:#eceef2;--dim:#9aa1ad;--line:#2a2e36;--ground:#111317;--card:#181b20;--accent:#5eead4}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);
font:16px/1.6 ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
main{max-width:600px;background:var(--card);border:1px solid var(--line);border-radius:16px;padding:40px}
h1{margin:0 0 8px;font-size:28px;line-height:1.2;letter-spacing:-.02em}
p{margin:0 0 16px;color:var(--dim)}
ul{list-style:none;margin:24px 0 0;padding:24px 0 0;border-top:1px solid var(--line);display:grid;gap:12px}
li{display:grid;grid-template-columns:12px 1fr;gap:12px;align-items:baseline}
li::before{content:'';width:8px;height:8px;border-radius:50%;background:var(--accent)}
@media(max-width:480px){main{padding:28px 22px}h1{font-size:24px}}
";

/// Says what this is.
pub fn page(platform_name: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (platform_name) }
                // A constant of ours, with nothing in it that came from outside.
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (platform_name) }
                    p { "The telephone of a business, answered by a voice agent." }
                    ul {
                        li { "Callers hear which times are free, and book one while they speak." }
                        li { "Every call is charged once, to the second, and can be proved afterwards." }
                        li { "What was acknowledged is kept, whatever falls over." }
                    }
                }
            }
        }
    }
    .into_string()
}
