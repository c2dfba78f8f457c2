//! A page that is one card: what somebody sees who is not signed in.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Light and dark, phone and desk. In the page: whoever sees it has nothing cached.
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
.after{margin:24px 0 0;font-size:14px}
form{display:grid;gap:16px;margin-top:24px}
label{display:grid;gap:6px;font-weight:600}
input{font:inherit;padding:10px 12px;border:1px solid var(--line);border-radius:10px;background:var(--ground);color:var(--ink)}
input[name=code]{font-size:24px;letter-spacing:.3em;font-variant-numeric:tabular-nums}
button{font:inherit;font-weight:600;padding:12px 16px;border:0;border-radius:10px;background:#0f766e;color:#fff;cursor:pointer}
button:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.code{font-size:34px;letter-spacing:.2em;font-variant-numeric:tabular-nums;color:var(--ink);font-weight:700;margin:24px 0}
.error{color:#b42318;font-weight:600}
@media(prefers-color-scheme:dark){.error{color:#fda29b}}
a{color:var(--accent)}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:8px 12px 8px 0;border-bottom:1px solid var(--line);vertical-align:top}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.5 ui-monospace,monospace}
@media(max-width:480px){main{padding:28px 22px}h1{font-size:24px}}
";

/// The page around `content`.
pub(crate) fn page(title: &str, content: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                // A constant of ours, with nothing in it that came from outside.
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    }
    .into_string()
}
