// Pages that show everything without a network.

#include "report/html.h"

#include <fmt/format.h>

#include "base/markup.h"

namespace dlrun {
namespace {

constexpr const char* page_style = R"(
:root { color-scheme: light dark; --ink: #1f2328; --soft: #656d76; --line: #d8dee4; --paper: #ffffff; --box: #f6f8fa;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #cc79a7; --c4: #e69f00; --c5: #56b4e9; --c6: #8a7a00; --c7: #7f7f7f;
  --error: #c62828; --warning: #b26a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117;
  --box: #151b23; --c0: #58a6ff; --c1: #ff8a4c; --c2: #3fcf8e; --c3: #e39ac4; --c4: #f2b93b; --c5: #8fd3ff; --c6: #d9c83e;
  --c7: #a9a9a9; --error: #ff6b6b; --warning: #f2b93b; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 78em; margin: 1.5em auto; padding: 0 1em; color: var(--ink);
  background: var(--paper); }
h1 { font-size: 1.5em; margin: .3em 0; } h2 { font-size: 1.15em; margin: 1.6em 0 .5em; }
p.soft, figcaption, small { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .2em .8em .2em 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:first-child, th:first-child { text-align: left; } td.text { text-align: left; white-space: normal; }
.matrix { margin-top: 1em; } .matrix text { fill: var(--ink); } .matrix text[fill="white"] { fill: #fff; }
.matrix rect { stroke: var(--line); } .matrix rect[fill="white"] { fill: none; stroke: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 23em), 1fr)); gap: 1em; }
:is(figure.chart, figure.plot) { margin: 0; border: 1px solid var(--line); border-radius: 6px; padding: .6em; min-width: 0; }
:is(figure.chart, figure.plot) svg { width: 100%; height: auto; display: block; }
:is(figure.chart, figure.plot) text { fill: var(--soft); font-size: 11px; }
:is(figure.chart, figure.plot) .grid { stroke: var(--line); stroke-width: 1; }
figure.chart .mark { stroke: var(--warning); stroke-dasharray: 2 3; }
.s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); } .s2 { stroke: var(--c2); } .s3 { stroke: var(--c3); } .s4 { stroke: var(--c4); }
.s5 { stroke: var(--c5); } .s6 { stroke: var(--c6); } .s7 { stroke: var(--c7); } .f0 { fill: var(--c0); } .f1 { fill: var(--c1); }
.f2 { fill: var(--c2); } .f3 { fill: var(--c3); } .f4 { fill: var(--c4); } .f5 { fill: var(--c5); } .f6 { fill: var(--c6); } .f7 { fill: var(--c7); }
figure.chart .told { fill: var(--warning); }
@media (max-width: 600px) { :is(figure.chart, figure.plot) text { font-size: 15px; } }
figure.chart .cursor { stroke: var(--soft); visibility: hidden; }
:is(figure.chart, figure.plot) b { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .1em 1em; font-size: .85em; min-height: 1.5em; }
.legend i { display: inline-block; width: 1.2em; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: .35em; }
.legend i.dashed { border-top-style: dotted; }
ul.samples { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(11em, 1fr)); gap: .8em; }
ul.samples li { border: 1px solid var(--line); border-radius: 6px; padding: .5em; font-size: .88em; overflow-wrap: anywhere; min-width: 0; }
ul.samples q { display: block; quotes: none; margin: .2em 0; color: var(--soft); }
ul.samples img { display: block; width: 100%; max-width: 11em; image-rendering: pixelated; margin-bottom: .3em; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .8em; overflow-x: auto; font-size: .88em; }
section.finding { border-left: .35em solid var(--warning); background: var(--box); padding: .2em 1em; margin: .6em 0; }
section.error { border-color: var(--error); }
)";

// Charts carry their lines as JSON; the pointer's place becomes the nearest step of each.
constexpr const char* script = R"(
for (const figure of document.querySelectorAll('figure.chart')) {
  const svg = figure.querySelector('svg'), cursor = svg.querySelector('.cursor');
  const chart = JSON.parse(figure.dataset.chart), shown = [...figure.querySelectorAll('.legend output')];
  const clear = () => { cursor.style.visibility = 'hidden'; shown.forEach(o => o.textContent = ''); };
  svg.addEventListener('pointerleave', clear);
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * chart.width;
    const x = chart.low + (at - chart.left) / (chart.right - chart.left) * (chart.high - chart.low);
    if (at < chart.left || at > chart.right) return clear();
    let nearest = null;
    chart.lines.forEach((line, i) => {
      let best = null;
      for (const point of line) if (!best || Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
      if (best && (!nearest || Math.abs(best[0] - x) < Math.abs(nearest - x))) nearest = best[0];
      shown[i].textContent = best ? ' ' + Number(best[1].toPrecision(5)) : '';
    });
    const place = chart.left + (nearest - chart.low) / (chart.high - chart.low) * (chart.right - chart.left);
    cursor.setAttribute('x1', place); cursor.setAttribute('x2', place); cursor.style.visibility = 'visible';
    figure.querySelector('figcaption span').textContent = ' ' + chart.unit + ' ' + Math.round(nearest);
  });
}
)";

}  // namespace

std::string html_page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{}</title><style>{}</style></head>\n<body>\n{}<script>{}</script>\n</body></html>\n",
      escaped(title), page_style, body, script);
}

}  // namespace dlrun
