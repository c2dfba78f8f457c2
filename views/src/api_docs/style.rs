//! How the page looks: paper and ink, two voices, light and dark, phone and desk.

/// In the page itself: whoever reads it has nothing cached, and nothing is fetched for it.
pub const STYLE: &str = "
:root{color-scheme:light dark;--canvas:#f5f4f0;--surface:#fff;--surface-2:#faf9f6;--line:#e5e2db;--line-2:#d2cec4;
--ink:#1d1c1a;--ink-2:#514e48;--ink-3:#6b675f;--agent:#0b6a64;--agent-2:#11857d;--agent-soft:#e0f0ed;
--caller:#a44d08;--caller-soft:#faeddb;--bad:#ac2015;--bad-soft:#fce8e5;
--code:#1d1c1a;--code-line:#1d1c1a;--code-ink:#f3f1ec;--code-dim:#a19b90;--code-name:#5cc9bd;--code-text:#eeab57}
@media(prefers-color-scheme:dark){:root{--canvas:#111110;--surface:#191917;--surface-2:#1f1f1c;--line:#2c2b28;
--line-2:#403e39;--ink:#f3f1ec;--ink-2:#bfbab0;--ink-3:#a19b90;--agent:#5cc9bd;--agent-2:#3fb3a7;--agent-soft:#12302d;
--caller:#eeab57;--caller-soft:#33260f;--bad:#ff9384;--bad-soft:#3a1713;--code:#0b0b0a;--code-line:#2c2b28}}
*{box-sizing:border-box}
html{scroll-padding-top:24px;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--canvas);color:var(--ink);display:grid;grid-template-columns:264px minmax(0,1fr);
font:15px/24px ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;font-feature-settings:'tnum'}
a{color:var(--agent);text-decoration-color:color-mix(in srgb,currentColor 35%,transparent);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
a:focus-visible,pre:focus-visible{outline:2px solid var(--agent-2);outline-offset:2px;border-radius:4px}
main:focus{outline:0}
code,pre,var,.method{font-family:ui-monospace,'SF Mono',SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-style:normal}
code{font-size:.9em;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px}.skip:focus{left:16px;top:16px;background:var(--surface);padding:8px 12px;z-index:2}
.contents{position:sticky;top:0;height:100vh;overflow-y:auto;padding:28px 12px 40px 20px;border-right:1px solid var(--line);
font-size:14px;line-height:20px;scrollbar-width:thin}
.contents .brand{display:block;font-weight:600;font-size:15px;letter-spacing:-.006em;padding:0 8px 12px;color:var(--ink);text-decoration:none}
.contents h2{margin:20px 0 4px;padding:0 8px;font-size:13px;line-height:20px;font-weight:600;color:var(--ink)}
.contents h2 a{color:inherit;text-decoration:none}
.contents ul{list-style:none;margin:0;padding:0}
.contents li a{display:grid;grid-template-columns:44px 1fr;gap:8px;padding:5px 8px;border-radius:8px;color:var(--ink-2);text-decoration:none;align-items:baseline}
.contents .guide-links a{display:block}
.contents li a:hover{background:var(--surface);color:var(--ink)}
.contents .method{background:none!important;padding:0;font-size:11px}
main{padding:40px 40px 120px;min-width:0;max-width:1320px}
h1,h2,h3,h4{letter-spacing:-.006em}
h1{margin:0;font-size:30px;line-height:38px;font-weight:600;letter-spacing:-.025em}
main h2{margin:56px 0 8px;font-size:22px;line-height:30px;font-weight:600;letter-spacing:-.02em}
main h2 a,h3 a{color:inherit;text-decoration:none}
main h2 a:hover,h3 a:hover{text-decoration:underline;text-decoration-color:var(--line-2)}
h3{margin:0 0 6px;font-size:18px;line-height:26px;font-weight:600;letter-spacing:-.014em}
h4{margin:28px 0 0;font-size:14px;line-height:20px;font-weight:600}
h4 a{font-weight:400}
p{margin:0 0 12px}
.lead{color:var(--ink-2);max-width:68ch;margin-bottom:20px}
.quiet{color:var(--ink-3);font-size:13px;line-height:20px;margin:8px 0 0}
.head dl{display:flex;flex-wrap:wrap;gap:8px 32px;margin:16px 0 0;padding:0 0 24px;border-bottom:1px solid var(--line);font-size:14px;line-height:20px}
.head dt{color:var(--ink-3);font-size:13px}.head dd{margin:0}
.guide{max-width:760px;padding-top:20px}
.guide p,.guide li{color:var(--ink-2)}
.guide strong,.guide code{color:var(--ink)}
.guide h2{margin-top:44px}
.guide ul{margin:0 0 12px;padding-left:20px}.guide li{margin:0 0 4px}
.guide li::marker{color:var(--agent-2)}
:not(pre)>code{background:var(--surface);border:1px solid var(--line);border-radius:5px;padding:1px 5px}
.route code,dt code,td code{background:none;border:0;padding:0}
pre{margin:0 0 16px;padding:16px 18px;background:var(--code);border:1px solid var(--code-line);border-radius:12px;color:var(--code-ink);
font-size:13px;line-height:20px;overflow:auto;white-space:pre;tab-size:2;scrollbar-color:var(--code-dim) transparent;scrollbar-width:thin}
pre code,.guide pre code{font-size:13px;color:inherit;overflow-wrap:normal;-webkit-user-select:all;user-select:all}
.n{color:var(--code-name)}.t{color:var(--code-text)}
.table{max-width:760px;margin:8px 0 0}
table{width:100%;border-collapse:collapse;font-size:14px;line-height:20px;background:var(--surface);border:1px solid var(--line);border-radius:12px;border-spacing:0;border-collapse:separate;overflow:hidden}
th{font-size:12px;line-height:16px;font-weight:500;color:var(--ink-3);background:var(--surface-2)}
th,td{text-align:left;padding:9px 14px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
td:nth-child(2){white-space:nowrap}td:last-child{color:var(--ink-2)}
.operation{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:24px 40px;background:var(--surface);
border:1px solid var(--line);border-radius:12px;box-shadow:0 1px 1px rgb(29 28 26/.04);padding:24px 26px 28px;margin:0 0 20px;scroll-margin-top:20px}
.samples{position:sticky;top:20px;align-self:start;min-width:0}
.route{margin:0 0 12px;font-size:14px;line-height:22px;display:flex;gap:8px;align-items:baseline}
.route code{font-size:14px}
var{color:var(--caller)}
.method{font-size:12px;line-height:20px;font-weight:600;padding:1px 8px;border-radius:99px;letter-spacing:.01em}
.reads{color:var(--agent);background:var(--agent-soft)}
.writes{color:var(--caller);background:var(--caller-soft)}
.removes{color:var(--bad);background:var(--bad-soft)}
.text p{color:var(--ink-2)}
.text .access,.limits,.text .limits{color:var(--ink-3);font-size:13px;line-height:20px;margin:0}
.fields,.answers{margin:8px 0 0}
.fields>div,.answers>div{border-top:1px solid var(--line);padding:10px 0}
.fields>div:last-child,.answers>div:last-child{padding-bottom:0}
dt code{font-size:14px;font-weight:600}
dt{font-size:14px;line-height:20px}
.fields dd{margin:2px 0 0;font-size:14px;line-height:20px}
.fields dd p{margin:0}
.kind{color:var(--ink-3);font-size:13px}
.must{font-size:12px;line-height:16px;font-weight:500;color:var(--caller)}
.answers>div{display:grid;grid-template-columns:44px 1fr;gap:12px}
.answers dd{margin:0;font-size:14px;line-height:20px;color:var(--ink-2)}
.answers dd::first-letter{text-transform:uppercase}
figure{margin:0}
figcaption{font-size:12px;line-height:16px;font-weight:500;color:var(--ink-3);margin:2px 0 8px}
.samples pre{max-height:70vh}
.samples .line{white-space:pre-wrap;overflow-wrap:anywhere}
.shape{background:var(--surface);border:1px solid var(--line);border-radius:12px;padding:18px 22px;margin:0 0 12px;max-width:760px;scroll-margin-top:20px}
.shape h3{font-size:15px;line-height:22px}
.shape>p{color:var(--ink-2);margin-bottom:4px;font-size:14px;line-height:20px}
:target{border-color:var(--agent-2)}
h2:target a{color:var(--agent)}
@media(max-width:1100px){.operation{grid-template-columns:minmax(0,1fr)}.samples{position:static}}
@media(max-width:820px){
html{scroll-padding-top:64px}
body{display:block}
.contents{height:auto;overflow-x:auto;overflow-y:hidden;display:flex;align-items:center;gap:4px;padding:0 8px;border:0;
border-bottom:1px solid var(--line);background:var(--canvas);z-index:1;scrollbar-width:none;white-space:nowrap}
.contents ul,.contents h2:not(:has(a)),.contents .brand{display:none}
.contents h2{margin:0;padding:0;font-weight:500}
.contents h2 a{display:block;padding:14px 8px;color:var(--ink-2)}
main{padding:24px 16px 80px}
h1{font-size:24px;line-height:32px;letter-spacing:-.021em}
main h2{margin-top:44px;font-size:20px;line-height:28px}
.operation{padding:18px 16px 16px;scroll-margin-top:64px}.shape{padding:16px;scroll-margin-top:64px}
.head dl{gap:12px 24px}
pre{padding:14px}
thead{display:none}
tr{display:grid;grid-template-columns:44px minmax(0,1fr);padding:9px 12px;border-bottom:1px solid var(--line)}
tr:last-child{border:0}
td,tr:last-child td{padding:0;border:0}td:last-child{grid-column:2}
}
@media print{.contents{display:none}body{display:block}.operation,.shape{break-inside:avoid}pre{white-space:pre-wrap}}
";
