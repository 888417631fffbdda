/// The page's style: no asset from elsewhere, light and dark, down to a telephone.
enum Style {
  static let text = """
    :root { color-scheme: light dark;
      --ink: #1a1d21; --quiet: #565e69; --line: #dfe3e8; --paper: #fff; --ground: #f4f5f7; --accent: #2450c4; --accent-soft: #eaf0ff;
      --go: #0f6a3a; --on-go: #fff; --stop: #a9231b; --warn: #7a4900; --warn-soft: #fff3dc; --mark: #ffe9a8; --add: #d9f3e1; --cut: #fde3e1; }
    @media (prefers-color-scheme: dark) { :root {
      --ink: #e8eaed; --quiet: #aab1bb; --line: #2f353d; --paper: #17191d; --ground: #0f1114; --accent: #96b5ff; --accent-soft: #1d2743;
      --go: #63d79b; --on-go: #0b1a12; --stop: #ff938a; --warn: #ffc66b; --warn-soft: #33260e; --mark: #5a4a12; --add: #14361f; --cut: #441b18; } }
    * { box-sizing: border-box; }
    body { margin: 0; font: 15px/1.5 Inter, system-ui, sans-serif; color: var(--ink); background: var(--ground); }
    h1, h2, p, ol, ul, dl, dd { margin: 0; } ol, ul { padding: 0; list-style: none; }
    h1 { font-size: 22px; letter-spacing: -.01em; line-height: 1.25; }
    h2 { font-size: 12px; letter-spacing: .04em; text-transform: uppercase; color: var(--quiet); font-weight: 650; }
    a { color: var(--accent); } small { font-size: 13px; color: var(--quiet); } .quiet { color: var(--quiet); } .none { white-space: nowrap; }
    .num, time, strong { font-variant-numeric: tabular-nums; }
    .skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; z-index: 2; }
    .top { display: flex; align-items: center; gap: 16px; padding: 6px 16px; min-height: 48px; background: var(--paper); border-bottom: 1px solid var(--line); flex-wrap: wrap; }
    .brand { font-weight: 750; color: var(--ink); text-decoration: none; } .me { margin-left: auto; text-align: right; } .me small { display: block; line-height: 1.2; }
    .banner { background: var(--warn-soft); color: var(--warn); padding: 4px 16px; font-weight: 600; }
    main { max-width: 1280px; margin: 0 auto; padding: 18px 16px 48px; display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
    .notice { background: var(--accent-soft); border-radius: 8px; padding: 10px 14px; } .notice.alert { background: var(--cut); color: var(--stop); font-weight: 600; }
    .notice.undo { display: flex; align-items: center; gap: 14px; }
    .news { position: fixed; left: 50%; bottom: 16px; transform: translateX(-50%); z-index: 3; background: var(--ink); color: var(--paper); max-width: calc(100vw - 32px); } .news a { color: inherit; font-weight: 650; } .news[hidden] { display: none; }
    .kinds { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 12px 0; } .kinds a { text-decoration: none; padding: 3px 0; } .kinds a[aria-current] { color: var(--ink); font-weight: 650; border-bottom: 2px solid var(--accent); }
    .queues { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 10px; }
    .queue { display: grid; grid-template-columns: 1fr auto; padding: 10px 14px; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; color: var(--ink); text-decoration: none; }
    .queue strong { font-size: 20px; line-height: 1.2; } .queue small { grid-column: 1 / -1; } .queue[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
    .late { color: var(--stop); } .empty { padding: 40px 0; text-align: center; color: var(--quiet); }
    table { width: 100%; border-collapse: collapse; } th, td { text-align: left; padding: 8px 14px; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
    thead th { font-size: 13px; color: var(--quiet); font-weight: 550; border-top: 0; } tbody th { font-weight: 550; color: var(--quiet); width: 30%; }
    .tasks { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; border-spacing: 0; } .task { font-weight: 650; }
    .chip { display: inline-block; font-size: 13px; font-weight: 600; border: 1px solid var(--line); border-radius: 12px; padding: 0 9px; white-space: nowrap; } .chip.warn, .chip.high, .chip.critical { color: var(--warn); border-color: currentColor; } .chip.critical { color: var(--stop); }
    .title { display: grid; grid-template-columns: 1fr auto; align-items: end; gap: 2px 16px; } .title p { grid-column: 1; overflow-wrap: anywhere; } .title nav { grid-row: 1 / 3; grid-column: 2; display: flex; gap: 12px; }
    .desk { display: grid; grid-template-columns: minmax(0, 1fr) 340px; gap: 16px; align-items: start; } .case { display: grid; gap: 16px; grid-template-columns: minmax(0, 1fr); }
    .why { background: var(--warn-soft); border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 8px; padding: 12px 14px; } .why ol { margin-top: 8px; display: grid; gap: 7px; } .why li { display: grid; grid-template-columns: 170px 1fr auto; gap: 4px 12px; align-items: baseline; } .why .chip { justify-self: start; white-space: normal; }
    .card { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; } .card > h2, .card > summary { padding: 10px 14px; } .card > summary h2 { display: inline; } .card > h2 span { float: right; text-transform: none; letter-spacing: 0; font-weight: 500; }
    .pad { padding: 8px 14px; } summary { cursor: pointer; } .text { white-space: pre-wrap; } ins { text-decoration: none; background: var(--add); border-bottom: 2px solid var(--go); } del { background: var(--cut); } mark { background: var(--mark); color: inherit; }
    .change { table-layout: fixed; } .change th:first-child { width: 18%; } .sides-2 th:nth-child(2) { width: 34%; } .side { display: none; } .items { display: grid; gap: 2px; }
    .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; } .space { color: var(--stop); font-weight: 700; } .codes { font-family: ui-monospace, monospace; font-size: 12px; } .mistakes { color: var(--stop); display: grid; gap: 4px; font-size: 14px; }
    .delta { color: var(--stop); font-size: 13px; white-space: nowrap; } .same td, .same th { color: var(--quiet); }
    .source { padding: 10px 14px; border-top: 1px solid var(--line); } .source .fields { margin: 6px -14px 0; width: calc(100% + 28px); }
    .filters { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: end; justify-content: space-between; padding: 4px 0; } .filters label { width: 180px; } .filters :is(input, select, button) { height: 36px; box-sizing: border-box; } .filters kbd { line-height: 1; padding-block: 0; } .filters a { padding-block: 7px; } .settings { max-width: 720px; } .card.settings { padding: 4px 14px 14px; display: grid; gap: 12px; } .letters { display: grid; gap: 6px 20px; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); width: 100%; } .letters label { display: grid; grid-template-columns: 1fr 56px; align-items: center; gap: 10px; } .revealed { border-color: var(--accent); border-left: 4px solid var(--accent); } .revealed .value { font-weight: 650; font-size: 17px; overflow-wrap: anywhere; } .source form { display: grid; gap: 8px; margin-top: 8px; } .conflict { border-color: var(--warn); } .conflicts th small { display: block; font-weight: 400; } .conflicts .chip { white-space: normal; } .used { color: var(--accent); } .claimed small { display: inline; } .changed { border-left: 4px solid var(--accent); }
    .health tbody th { width: auto; } .alike-cases { padding: 0 14px 12px; display: grid; gap: 6px; } .alike-cases li { display: flex; flex-wrap: wrap; gap: 4px 14px; } .late { color: var(--stop); } .health th a { font-weight: 650; } .top nav { display: flex; flex-wrap: wrap; gap: 2px 14px; }
    .met { color: var(--go); } .because { list-style: disc; padding-left: 18px; } .criteria { display: grid; gap: 6px; margin: 6px 0; } .criteria .chip { white-space: nowrap; } .meaning { display: block; } .pick { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; }
    .charts { display: grid; gap: 16px; padding: 8px 14px 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 360px), 1fr)); } .chart { margin: 0; min-width: 0; } .chart svg { display: block; width: 100%; height: auto; } .bar-value { fill: var(--accent); } .bar-over { fill: var(--stop); } .limit { stroke: var(--warn); stroke-width: 2; stroke-dasharray: 6 4; } .axis { fill: var(--quiet); font-size: 13px; } .axis.end { text-anchor: end; }
    .list { margin: 0 -8px; } .list th, .list td { padding: 2px 8px; width: auto; border: 0; } .list td { font-variant-numeric: tabular-nums; }
    .hops { padding: 4px 14px 12px; display: grid; gap: 4px; } .hops li { display: grid; grid-template-columns: 176px 1fr; gap: 12px; } .hops time { color: var(--quiet); }
    .decide { display: grid; gap: 14px; grid-template-columns: minmax(0, 1fr); background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 14px; position: sticky; top: 12px; }
    .clocks { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; } .clock { border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px; } .clock small { display: block; line-height: 1.25; } .clock strong { font-size: 20px; } .clock.soon { background: var(--warn-soft); border-color: var(--warn); }
    .act { border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; overflow-wrap: anywhere; } .act p, .act ul { margin-top: 6px; } .act small { display: block; margin-top: 6px; } .target { color: var(--quiet); }
    .needs { display: grid; gap: 4px; margin-top: 4px; } .needs .ok { color: var(--go); } .buttons { display: grid; gap: 8px; }
    button, summary, input, select { min-height: 32px; }
    button { font: inherit; font-weight: 600; line-height: 1.2; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: 8px; padding: 9px 12px; cursor: pointer; } button:hover { border-color: var(--accent); }
    .wide { width: 100%; } .primary { background: var(--go); border-color: var(--go); color: var(--on-go); } .primary kbd { color: inherit; background: transparent; border-color: currentColor; } .danger { color: var(--stop); border-color: currentColor; } .plain { background: none; font-weight: 500; }
    .row { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; } .row button { width: 100%; }
    .verb { border: 1px solid var(--line); border-radius: 8px; } .verb > summary { padding: 9px 12px; font-weight: 600; } .verb > form { padding: 4px 12px 12px; display: grid; gap: 10px; grid-template-columns: minmax(0, 1fr); border-top: 1px solid var(--line); }
    label { display: block; font-size: 14px; } label > input:not([type=radio]):not([type=checkbox]), textarea, select { display: block; width: 100%; margin-top: 2px; } input, textarea, select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 6px; padding: 6px 8px; }
    fieldset { border: 0; padding: 0; margin: 0; display: grid; gap: 2px; } legend { font-size: 14px; padding: 0; } .check { display: flex; gap: 8px; align-items: center; min-height: 28px; } .check input { min-height: 20px; width: 18px; height: 18px; flex: none; accent-color: var(--accent); } .check kbd { margin-left: auto; } .fixed { font-size: 14px; overflow-wrap: anywhere; } .fixed span { color: var(--quiet); }
    .trust { display: grid; gap: 8px; } .bar { display: grid; grid-template-columns: 84px 1fr 40px; gap: 2px 8px; align-items: center; } .bar small { grid-column: 1 / -1; line-height: 1.3; } .bar b { text-align: right; font-variant-numeric: tabular-nums; } meter { width: 100%; height: 12px; }
    kbd { font: 600 12px/1 ui-monospace, monospace; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 2px 5px; background: var(--ground); color: var(--quiet); }
    .odd { background: var(--stop); color: var(--paper); font: 600 11px/1 ui-monospace, monospace; padding: 1px 3px; border-radius: 3px; margin: 0 1px; unicode-bidi: isolate; }
    .alike { font: inherit; font-weight: 700; } .alike small { color: inherit; font: 600 11px/1 ui-monospace, monospace; margin-left: 2px; } label .hidden { display: block; overflow-wrap: anywhere; white-space: pre-wrap; }
    .text, .why li span, td { unicode-bidi: plaintext; }
    .people { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 10px; } .people button { text-align: left; background: var(--paper); } .people small { display: block; margin-top: 4px; font-weight: 400; }
    .more > summary { color: var(--quiet); padding: 4px 0; } .card > form { padding: 4px 14px 14px; display: grid; gap: 8px; justify-items: start; } .card > form label { width: 100%; }
    #palette { width: min(560px, 92vw); padding: 10px; margin-top: 12vh; } #palette input { width: 100%; } #palette-list { max-height: 50vh; overflow-y: auto; margin-top: 8px; } #palette li { padding: 7px 10px; border-radius: 6px; cursor: pointer; display: flex; justify-content: space-between; gap: 12px; } #palette li[aria-selected=true] { background: var(--accent-soft); } dialog::backdrop { background: rgb(0 0 0 / .35); }
    dialog { border: 1px solid var(--line); border-radius: 8px; background: var(--paper); color: var(--ink); } dialog .keys { display: grid; grid-template-columns: 70px 1fr; gap: 4px 12px; margin: 10px 0; } dt { font-family: ui-monospace, monospace; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    @media (max-width: 1000px) { .desk { display: flex; flex-direction: column; align-items: stretch; } .case { display: contents; } .desk > *, .case > * { order: 3; } .why, .case > .notice { order: 1; } .change-card { order: 2; } .decide { position: static; order: 2; } }
    @media (max-width: 640px) {
      .title { grid-template-columns: 1fr; } .title nav { grid-row: auto; grid-column: 1; } .why li { grid-template-columns: 1fr; } .hops li { grid-template-columns: 1fr; gap: 0; }
      .tasks thead { display: none; } .tasks tr { display: grid; grid-template-columns: 1fr auto; border-top: 1px solid var(--line); padding: 6px 0; } .tasks td { border: 0; padding: 2px 14px; } .tasks:not(.health) td:nth-child(2) { grid-column: 1 / -1; grid-row: 2; }
      .fields > tbody > tr, .change > tbody > tr, .conflicts > tbody > tr { display: grid; border-top: 1px solid var(--line); padding: 6px 0; } .fields > tbody > tr > *, .change > tbody > tr > *, .conflicts > tbody > tr > * { border: 0; padding: 1px 14px; width: auto; } .change thead, .conflicts thead { display: none; } .side { display: block; font-size: 12px; color: var(--quiet); } .me small { display: none; } }
    @media (prefers-reduced-motion: no-preference) { .queue, button { transition: border-color .12s; } }
    """
}
