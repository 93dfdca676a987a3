// Charts of the public site. Each <figure data-chart> holds its data in a block of JSON and a table; the chart is drawn above the table,
// which then folds. Without this script the table stands open, and nothing is lost.
import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

const english = document.documentElement.lang === "en";
const pick = (zh, en) => (english ? en : zh);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The tooltip is built of elements: a string of HTML with styles would break the policy of the page.
function tip(unit) {
  return (points) => {
    const box = document.createElement("div");
    box.className = "chart-tip";
    const head = document.createElement("b");
    head.textContent = points[0].axisValueLabel;
    box.append(head);
    for (const point of points) {
      const line = document.createElement("div");
      const missing = point.value === null || point.value === undefined || point.value === "-";
      line.textContent = `${point.seriesName} ${missing ? pick("无数据", "no data") : `${point.value}${unit}`}`;
      box.append(line);
    }
    return box;
  };
}

function option(data) {
  const ink = token("--ink"), quiet = token("--quiet"), line = token("--line"), accent = token("--accent");
  const colours = [accent, quiet];
  // Lines that end at one point share one label there.
  const last = data.series.map((each) => each.values.filter((value) => value !== null).pop());
  const first = (value) => last.indexOf(value);
  const unit = data.unit === "1" ? "" : data.unit === "%" ? "%" : ` ${data.unit}`;
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: { fontFamily: token("--sans"), color: ink },
    aria: { enabled: true, label: { description: data.name } },
    grid: { left: 44, right: data.series.length < 2 ? 24 : new Set(last).size < last.length ? 190 : 116, top: 18, bottom: 28 },
    tooltip: { trigger: "axis", formatter: tip(unit), className: "chart-holder-tip", padding: 0, borderWidth: 0, backgroundColor: "transparent", extraCssText: "box-shadow:none" },
    xAxis: { type: "category", data: data.x, axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: quiet } },
    yAxis: { type: "value", scale: !data.zero, min: data.zero ? 0 : undefined, max: data.unit === "%" ? 100 : undefined, splitLine: { lineStyle: { color: line } }, axisLabel: { color: quiet } },
    series: data.series.map((each, n) => ({
      name: each.name,
      type: "line",
      data: each.values.map((value) => (value === null ? null : Number(value))),
      connectNulls: false,
      showSymbol: true,
      symbol: n ? "rect" : "circle",
      symbolSize: 6,
      lineStyle: { width: 2, type: n ? "dashed" : "solid" },
      color: colours[n % colours.length],
      endLabel: { show: data.series.length > 1 && n === first(last[n]), formatter: last.flatMap((value, m) => (value === last[n] ? [data.series[m].name] : [])).join(data.joint || " = "), color: ink, fontSize: 12 },
      labelLayout: { moveOverlap: "shiftY" },
      markLine: n || !data.limit ? undefined : {
        symbol: "none", silent: true, lineStyle: { color: quiet, type: "dotted" },
        label: { formatter: data.limit.label, color: quiet, position: "insideStartTop" }, data: [{ yAxis: Number(data.limit.value) }],
      },
    })),
  };
}

function save(name, href, revoke) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  if (revoke) { setTimeout(() => URL.revokeObjectURL(href), 10000); }
}

function blob(name, content, type) { save(name, URL.createObjectURL(new Blob([content], { type })), true); }

function picture(holder) {
  const svg = holder.querySelector("svg").cloneNode(true);
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", token("--card"));
  svg.insertBefore(ground, svg.firstChild);
  return new XMLSerializer().serializeToString(svg);
}

function png(holder, name) {
  const text = picture(holder);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    const scale = 2;
    canvas.width = holder.clientWidth * scale;
    canvas.height = holder.clientHeight * scale;
    const paper = canvas.getContext("2d");
    paper.scale(scale, scale);
    paper.drawImage(image, 0, 0, holder.clientWidth, holder.clientHeight);
    save(name, canvas.toDataURL("image/png"), false);
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

// Cells that a spreadsheet would take for a formula get an apostrophe; a number with its sign is a number.
function cell(text) {
  const held = text.replace(/\s+/g, " ").trim();
  const safe = /^[=+\-@\t\r]/.test(held) && !/^[+-]?\d+(\.\d+)?$/.test(held) ? `'${held}` : held;
  return `"${safe.replace(/"/g, '""')}"`;
}

// What a cell says: a missing value is blank, one that may not be used keeps its mark.
function said(each) {
  const number = each.querySelector("a.n");
  if (number === null) { return each.querySelector(".none") ? "" : each.textContent; }
  const mark = each.querySelector(".short");
  return mark ? `${number.textContent}（${mark.textContent}）` : number.textContent;
}

function csv(table) {
  return `\ufeff${Array.from(table.rows, (row) => Array.from(row.cells, (each) => cell(said(each))).join(",")).join("\r\n")}\r\n`;
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

const drawn = [];

export function draw(figure) {
  const holder = figure.querySelector("[data-chart-holder]");
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const table = figure.querySelector("table");
  holder.hidden = false;
  const chart = init(holder, null, { renderer: "svg" });
  chart.setOption(option(data));
  drawn.push([chart, data]);
  const folded = figure.querySelector("[data-chart-table]");
  if (folded) { folded.open = false; }
  const tools = figure.querySelector("[data-chart-tools]");
  if (tools) {
    tools.append(
      button("PNG", () => png(holder, `${data.name}.png`)),
      button("SVG", () => blob(`${data.name}.svg`, picture(holder), "image/svg+xml")),
      button("CSV", () => blob(`${data.name}.csv`, csv(table), "text/csv;charset=utf-8")),
    );
  }
  return chart;
}

document.querySelectorAll("figure[data-chart]").forEach(draw);
document.addEventListener("yangban:look", () => drawn.forEach(([chart, data]) => chart.setOption(option(data), true)));
window.addEventListener("resize", () => drawn.forEach(([chart]) => chart.resize()));
// Paper has no script: the tables are opened for it.
window.addEventListener("beforeprint", () => document.querySelectorAll("[data-chart-table]").forEach((each) => { each.open = true; }));
