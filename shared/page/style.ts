import { createHash } from 'node:crypto'

/** The page's one style sheet. On a narrow screen each table row becomes a card; the number of checked boxes is counted by CSS alone. */
export const style = `
:root{color-scheme:light dark;--ink:#1c2330;--soft:#556070;--line:#d5dae2;--page:#fff;--panel:#f4f6f9;--link:#0b57b0;
--loud:#a3160f;--loud-page:#fdeceb;--warn:#7a4a00;--warn-page:#fff3da;--good:#0c6335;--good-page:#e6f5ec;
--approve:#0c6335;--approve-ink:#fff;--reject:#a3160f;--focus:#0b57b0}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a6b0be;--line:#39424f;--page:#12161c;--panel:#1b2129;--link:#8bbcff;
--loud:#ffb1a8;--loud-page:#43150f;--warn:#ffd48a;--warn-page:#3b2a08;--good:#8fdcae;--good-page:#0f3320;
--approve:#8fdcae;--approve-ink:#0b2114;--reject:#ffb1a8;--focus:#8bbcff}}
*{box-sizing:border-box}
html{scroll-padding:3.5rem 0;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI","PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",sans-serif;overflow-wrap:anywhere;counter-reset:checked}
main,header{max-width:76rem;margin:0 auto;padding:0 1rem}
header{display:flex;justify-content:space-between;gap:1rem;padding-top:.75rem;color:var(--soft);font-size:.875rem}
header p{margin:0}
main{padding-bottom:4rem}
h1{font-size:1.6rem;line-height:1.25;margin:1rem 0 .5rem}
h2{font-size:1.2rem;margin:2rem 0 .5rem}
p{margin:.5rem 0;max-width:46rem}
a{color:var(--link)}
code{font:.9em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.5rem;background:var(--page);padding:.5rem 1rem;z-index:2}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.soft{color:var(--soft);font-size:.875rem}
.note{border-left:.3rem solid;padding:.6rem 1rem;margin:1rem 0;border-radius:.25rem;max-width:46rem}
.note p{margin:.2rem 0}
.loud{color:var(--loud);background:var(--loud-page)}
.warn{color:var(--warn);background:var(--warn-page)}
.good{color:var(--good);background:var(--good-page)}
.badge{display:inline-block;padding:.05rem .5rem;border-radius:.25rem;font-weight:700;font-size:.875rem;white-space:nowrap}
.badge.plain{background:var(--panel);color:var(--soft);font-weight:400}
.facts{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem 1.5rem;background:var(--panel);padding:1rem;margin:1rem 0;border-radius:.5rem}
.facts div{min-width:0}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0;font-weight:600}
table{width:100%;border-collapse:collapse;margin:.5rem 0;font-size:.9375rem}
th,td{text-align:left;vertical-align:top;padding:.6rem .75rem;border-bottom:1px solid var(--line);font-weight:400}
thead th:first-child{width:31%}
thead th:last-child{width:22%}
thead th{position:sticky;top:0;background:var(--panel);font-size:.875rem;font-weight:600;z-index:1}
tbody th label{display:flex;gap:.6rem;align-items:flex-start;cursor:pointer}
.when{white-space:nowrap}
td{overflow-wrap:break-word}
.name,.id{overflow-wrap:anywhere}
.name,.id,small{display:block}
.name{font-weight:600}
.id,small{color:var(--soft);font-size:.8125rem}
small.loud{background:none;color:var(--loud);font-weight:700}
.done{opacity:.9}
input[type=checkbox]{width:1.25rem;height:1.25rem;margin:.15rem 0 0;flex:none;accent-color:var(--approve)}
input[type=checkbox]:checked{counter-increment:checked}
.checked::after{content:counter(checked);font-weight:700;color:var(--ink)}
.answer{background:var(--panel);border-radius:.5rem;padding:.25rem 1rem 1rem}
.answer h2{margin-top:.75rem}
.answer label{font-weight:600}
.count{font:inherit;font-size:1.125rem;width:7rem;padding:.5rem .6rem;border:2px solid var(--soft);border-radius:.375rem;background:var(--page);color:var(--ink);display:block;margin:.35rem 0}
.count[aria-invalid=true]{border-color:var(--reject)}
.wrong{color:var(--loud);font-weight:700}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1rem}
button{font:inherit;font-weight:700;padding:.65rem 1.75rem;border-radius:.375rem;border:2px solid;cursor:pointer;min-height:2.9rem}
.approve{background:var(--approve);border-color:var(--approve);color:var(--approve-ink)}
.reject{background:transparent;border-color:var(--reject);color:var(--reject)}
@media (max-width:48rem){
h1{font-size:1.35rem}
.facts{grid-template-columns:1fr 1fr;gap:.75rem 1rem}
table,tbody,tr,tbody th{display:block;width:auto}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border:1px solid var(--line);border-radius:.5rem;margin:0 0 .75rem;padding:.6rem .75rem}
tbody th,tbody td,tbody td:last-child{border:0;padding:.2rem 0;width:auto}
tbody td{display:grid;grid-template-columns:6.5rem minmax(0,1fr);gap:.5rem}
tbody td::before{content:attr(data-label);color:var(--soft);font-size:.8125rem;padding-top:.15rem}
.buttons button{flex:1 1 8rem}
}
@media print{.answer,.skip,nav{display:none}}
`

/** What Content-Security-Policy lets through: this very style and no other. */
export const styleHash = `sha256-${createHash('sha256').update(style).digest('base64')}`
