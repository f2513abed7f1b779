// The charts of a server's use. uPlot draws them; the table under them has the
// same numbers, so a screen reader is told nothing of the pictures.
import { size } from "./page/dom.js";

const panel = document.getElementById("usage-charts");
const again = 15_000; // milliseconds

const style = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

// colour is a custom property as the canvas understands it: what light-dark()
// chose for the theme of now.
function colour(name) {
	const probe = document.createElement("span");
	probe.style.color = `var(${name})`;
	panel.append(probe);
	const found = getComputedStyle(probe).color;
	probe.remove();
	return found;
}

const count = (v) => (v === null || v === undefined ? "–" : v.toLocaleString());
const took = (v) => {
	if (v === null || v === undefined) return "–";
	if (v < 10) return `${Number(v.toFixed(1))} ms`;
	return v < 1000 ? `${Math.round(v)} ms` : `${Number((v / 1000).toFixed(1))} s`;
};
const hour = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const bytes = (v) => (v === null || v === undefined ? "–" : size(v));
const share = (v) => (v === null || v === undefined ? "–" : String(Number(v.toFixed(2))));

// What each chart draws of the data: a line for each list.
const charts = {
	calls: { words: count, least: 5, lines: [["Calls", "calls", "--primary", true], ["Errors", "errors", "--bad", false]] },
	took: { words: took, least: 10, lines: [["p95", "p95_ms", "--busy", false], ["p50", "p50_ms", "--primary", false]] },
	sessions: { words: count, least: 4, lines: [["Sessions", "sessions", "--primary", true], ["Instances", "instances", "--good", false]] },
	memory: { words: bytes, least: 16e6, lines: [["Memory", "memory_bytes", "--primary", true]] },
	cpu: { words: share, least: 0.1, lines: [["CPU", "cpus", "--primary", true]] },
};

let drawn = [];
let data = null;

function options(chart, place) {
	const quiet = colour("--muted-foreground");
	const grid = { stroke: colour("--border"), width: 1 };
	const font = `12px ${style("--sans")}`;
	const axis = { stroke: quiet, font, grid, ticks: { ...grid, size: 4 } };
	return {
		width: place.clientWidth,
		height: 170,
		padding: [10, 28, 0, 0],
		scales: { y: { range: (_, min, max) => [0, Math.max(chart.least, (max ?? 0) * 1.1)] } },
		axes: [
			{ ...axis, space: 70, values: (_, ticks) => ticks.map(hour) },
			{ ...axis, size: 76, values: (_, ticks) => ticks.map(chart.words) },
		],
		series: [
			{ label: "From", value: (_, at) => (at ? hour(at) : "–") },
			...chart.lines.map(([label, , name, filled]) => {
				const stroke = colour(name);
				return { label, stroke, width: 1.75, fill: filled ? stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.12)") : undefined, points: { show: lonely, size: 4, fill: stroke }, value: (_, v) => chart.words(v) };
			}),
		],
		legend: { live: true },
		cursor: { drag: { x: false, y: false }, sync: { key: "usage" } },
	};
}

// lonely shows those points that have no neighbour, which no line would show.
function lonely(plot, series, from, to) {
	const values = plot.data[series];
	const alone = [];
	for (let i = from; i <= to; i++) {
		if (values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) alone.push(i);
	}
	return alone.length > 0;
}

const lists = (chart) => [data.times, ...chart.lines.map(([, name]) => data[name])];

function draw() {
	for (const plot of drawn) plot.destroy();
	drawn = [];
	if (!data) return;
	for (const place of panel.querySelectorAll("[data-chart]")) {
		const chart = charts[place.dataset.chart];
		drawn.push(new uPlot(options(chart, place), lists(chart), place));
	}
}

async function load() {
	const answer = await fetch(panel.dataset.url, { headers: { Accept: "application/json" } });
	if (!answer.ok) return; // the rest of the page says why
	const first = data === null;
	data = await answer.json();
	if (first) return draw();
	let i = 0;
	for (const place of panel.querySelectorAll("[data-chart]")) drawn[i++].setData(lists(charts[place.dataset.chart]));
}

async function keep() {
	try {
		if (!document.hidden) await load();
	} catch {
		// Moorage is away: the charts stay as they are, and the next time comes.
	}
	setTimeout(keep, again);
}

if (panel) {
	let width = panel.clientWidth;
	new ResizeObserver(() => {
		if (panel.clientWidth === width) return;
		width = panel.clientWidth;
		draw();
	}).observe(panel);
	new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
	keep();
}
