// Charts of the public site. Each <figure data-chart> holds its data in a block of JSON and a table; the chart is drawn above the table.
import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export function draw(figure) {
  const holder = figure.querySelector("[data-chart-holder]");
  const data = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const chart = init(holder, null, { renderer: "svg" });
  chart.setOption(data);
  return chart;
}

document.querySelectorAll("figure[data-chart]").forEach(draw);
