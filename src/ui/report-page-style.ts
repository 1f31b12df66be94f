/** The style of the page of a report: light and dark as the reader's system has it, and what is printed. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --card: #ffffff; --ink: #1c2126; --soft: #59636e; --line: #d5dade; --accent: #1f66c1; --bar: #4a8ee0;
  --s0: #dbe9fb; --s1: #b1d0f6; --s2: #7fb0ec; --s3: #3d7ecf; --s4: #174f93;
  --t0: #12283f; --t1: #12283f; --t2: #0d1f33; --t3: #ffffff; --t4: #ffffff; --hover: #0d1f33;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111417; --card: #1a1e23; --ink: #e6e9ec; --soft: #9aa5b1; --line: #343b43; --accent: #7db4f5; --bar: #3f7fcb;
    --s0: #222f3f; --s1: #23415f; --s2: #265482; --s3: #3673b3; --s4: #5f9fe6;
    --t0: #dfe9f5; --t1: #e8f0fa; --t2: #ffffff; --t3: #ffffff; --t4: #08131f; --hover: #ffffff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 22px; margin: 0 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 12px; }
h3 { font-size: 13px; margin: 0 0 8px; color: var(--soft); font-weight: 600; }
p { margin: 0 0 10px; } .soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 18px 20px; margin-top: 16px; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-top: 16px; }
.fact { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.fact b { display: block; font-size: 21px; font-weight: 600; white-space: nowrap; } .fact span { color: var(--soft); font-size: 12px; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 28px; }
ul { margin: 0; padding-left: 20px; } li + li { margin-top: 4px; }
button, input, select { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 3px 9px; }
button { cursor: pointer; } button[aria-pressed=true] { border-color: var(--accent); color: var(--accent); }
button:focus-visible, input:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.bar { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin-bottom: 10px; }
.crumbs { flex: 1 1 260px; min-width: 0; overflow-wrap: anywhere; }
.crumbs button { border: 0; padding: 2px 3px; color: var(--accent); background: none; text-align: left; overflow-wrap: anywhere; }
.map { position: relative; width: 100%; height: 430px; overflow: hidden; border-radius: 6px; background: var(--line); }
.cell { position: absolute; overflow: hidden; padding: 4px 7px; border: 1px solid var(--card); font-size: 12px; line-height: 1.35; }
.cell b { display: block; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.cell span { display: block; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.cell.leaf { cursor: default; } .cell.node { cursor: pointer; } .cell:hover { border-color: var(--hover); }
.c0 { background: var(--s0); color: var(--t0); } .c1 { background: var(--s1); color: var(--t1); } .c2 { background: var(--s2); color: var(--t2); }
.c3 { background: var(--s3); color: var(--t3); } .c4 { background: var(--s4); color: var(--t4); }
.rest { background: var(--page); color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 12px; font-size: 12px; color: var(--soft); margin: 8px 0 16px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 5px; vertical-align: -1px; border: 1px solid var(--line); }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 3px 10px; align-items: center; font-size: 12px; }
.bars .name { text-align: right; color: var(--soft); white-space: nowrap; } .bars .value { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.bars .track { height: 13px; } .bars .fill { height: 100%; background: var(--bar); border-radius: 0 3px 3px 0; min-width: 1px; }
.scroll { overflow-x: auto; max-height: 520px; overflow-y: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { position: sticky; top: 0; background: var(--card); text-align: right; padding: 0; border-bottom: 1px solid var(--line); }
th button { border: 0; padding: 5px 8px; font-weight: 600; font-size: 12px; color: var(--soft); background: none; white-space: nowrap; }
td { padding: 4px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th.text, td.text { text-align: left; } td.key { white-space: normal; overflow-wrap: anywhere; font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; min-width: 220px; text-align: left; }
td.inner { padding-left: 26px; color: var(--soft); }
.none { color: var(--soft); padding: 8px; }
@media (max-width: 560px) { .map { height: 320px; } main { padding: 14px 10px 40px; } section { padding: 14px 12px; } }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #333; --line: #bbb; --bar: #4a8ee0; --s0: #dbe9fb; --s1: #b1d0f6; --s2: #7fb0ec; --s3: #3d7ecf; --s4: #174f93; --t0: #000; --t1: #000; --t2: #000; --t3: #fff; --t4: #fff; }
  body { font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; } main { max-width: none; padding: 0; }
  section { break-inside: auto; border: 0; padding: 8px 0; } .facts, .map, .bars, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .scroll { overflow: visible; max-height: none; } th { position: static; } input, .controls { display: none; }
}
`
