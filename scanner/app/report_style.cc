#include "scanner/app/report_parts.h"

namespace scanner {

std::string_view report_style() {
  return R"css(
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2130;--soft:#5b6476;--line:#dfe3ea;--faint:#eef1f5;
--red:#b3261e;--red-bg:#fdecea;--amber:#8f5200;--amber-bg:#fff3dc;--green:#166d43;--green-bg:#e4f6ec;--blue:#2457c5;--blue-bg:#e8effd;--grey:#98a1b2}
@media (prefers-color-scheme:dark){:root{--page:#12151c;--card:#1a1f29;--ink:#e6e9f0;--soft:#9aa4b8;--line:#2e3543;--faint:#232936;
--red:#ff8a80;--red-bg:#3b1d1f;--amber:#ffc46b;--amber-bg:#392b14;--green:#73d9a2;--green-bg:#15301f;--blue:#8fb2ff;--blue-bg:#1c2a49;--grey:#77819a}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:1080px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:19px;margin:0}
h3{font-size:12px;text-transform:uppercase;letter-spacing:.07em;color:var(--soft);margin:26px 0 8px}
p{margin:6px 0}
.soft{color:var(--soft)}.small{font-size:13px}
.num{font-variant-numeric:tabular-nums}
code{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
code.copy{display:inline-block;background:var(--faint);border-radius:5px;padding:1px 7px;user-select:all}
a{color:var(--blue);text-decoration:none}a:hover{text-decoration:underline}
.banner{border-radius:12px;padding:18px 22px;margin:20px 0 24px;border:1px solid;font-size:17px}
.banner strong{font-size:20px}
.banner.breach{background:var(--red-bg);border-color:var(--red)}.banner.breach strong{color:var(--red)}
.banner.indicator{background:var(--amber-bg);border-color:var(--amber)}.banner.indicator strong{color:var(--amber)}
.banner.clear{background:var(--green-bg);border-color:var(--green)}.banner.clear strong{color:var(--green)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 22px}
.chip{display:inline-block;border-radius:999px;padding:1px 11px;font-size:12px;font-weight:650;letter-spacing:.04em;vertical-align:2px;margin-right:8px;white-space:nowrap}
.chip.breach{background:var(--red-bg);color:var(--red)}.chip.indicator{background:var(--amber-bg);color:var(--amber)}.chip.permitted{background:var(--green-bg);color:var(--green)}
.chip.plain{background:var(--faint);color:var(--soft)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px 24px;margin:18px 0 4px}
.facts div span{display:block;font-size:12.5px;color:var(--soft)}
.facts div b{font-weight:600;overflow-wrap:anywhere}
.ladder{display:flex;margin:4px 0 0;padding:0;list-style:none}
.ladder li{flex:1;position:relative;padding-top:24px;font-size:13px;color:var(--grey);min-width:0}
.ladder li::before{content:"";position:absolute;top:6px;left:0;right:0;height:4px;background:var(--line)}
.ladder li:last-child::before{right:auto;width:14px}
.ladder li::after{content:"";position:absolute;top:1px;left:0;width:14px;height:14px;border-radius:50%;background:var(--card);border:3px solid var(--line)}
.ladder li.on{color:var(--ink);font-weight:600}.ladder li.on::after{background:var(--now);border-color:var(--now)}
.ladder li.on.more::before{background:var(--now)}
.ladder li time{display:block;font-weight:400;font-size:12px;color:var(--soft)}
.ladder.breach{--now:var(--red)}.ladder.indicator{--now:var(--amber)}.ladder.permitted{--now:var(--green)}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th{text-align:left;font-weight:600;color:var(--soft);font-size:12.5px;border-bottom:1px solid var(--line);padding:4px 14px 6px 0;white-space:nowrap}
td{border-bottom:1px solid var(--faint);padding:7px 14px 7px 0;vertical-align:top}
tr:last-child td{border-bottom:0}
td.right,th.right{text-align:right}
.scroll{overflow-x:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:5px 20px;margin:0;font-size:14px}
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
ul.tight{margin:4px 0;padding-left:20px}
figure{margin:10px 0 18px}figcaption{font-size:13px;margin-bottom:6px}
.legend{font-size:12.5px;color:var(--soft);margin-top:2px}.legend span{white-space:nowrap;margin-right:16px}
.legend i{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:5px}
svg{display:block;width:100%;height:auto;background:var(--faint);border-radius:8px}
svg text{font:11px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--soft)}
svg .grid{stroke:var(--line)}
.m-work{fill:var(--blue);background:var(--blue)}.m-ask{fill:var(--grey);background:var(--grey)}.m-share{fill:var(--ink);background:var(--ink)}
.m-good{fill:var(--green);background:var(--green)}.m-bad{fill:var(--red);background:var(--red)}.m-diff{fill:var(--amber);background:var(--amber)}
.sum{fill:var(--green);fill-opacity:.16;stroke:var(--green);stroke-width:1.2}
footer{color:var(--soft);font-size:13px;margin-top:30px}
@media (max-width:640px){.ladder li{font-size:11px}.card{padding:16px}}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--faint:#f3f3f3}body{font-size:11pt}main{max-width:none;padding:0}
.card{break-inside:auto;border-color:#bbb}figure,tr,.facts,.ladder,.banner{break-inside:avoid}h2,h3{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}.scroll{overflow:visible}}
)css";
}

}  // namespace scanner
