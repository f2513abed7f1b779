// The list at the left: a tab for each kind, a filter, and one button a thing.
import { h, icon } from "../page/dom.js";

const tabs = document.getElementById("kinds");
const filter = document.getElementById("tool-filter");
const list = document.getElementById("offers");

let offers = new Map();
let current = "Tools";
let picked = null;
let onPick = () => {};

// fill shows what was loaded; pick is called with what the reader chooses.
export function fill(loaded, pick) {
	offers = loaded;
	onPick = pick;
	if (!offers.get(current)?.length) current = [...offers.keys()].find((kind) => offers.get(kind).length) ?? "Tools";
	tabs.hidden = filter.hidden = false;
	drawTabs();
	draw();
}

// find returns the offer of a kind by its name.
export const find = (kind, name) => offers.get(kind)?.find((offer) => offer.name === name);

export const first = (kind) => offers.get(kind)?.[0];

export function mark(offer) {
	picked = offer;
	if (offer.kind && offer.kind !== current && offers.has(offer.kind)) {
		current = offer.kind;
		drawTabs();
	}
	draw();
}

function drawTabs() {
	tabs.replaceChildren(...[...offers].filter(([, items]) => items.length).map(([kind, items]) => h("button", {
		type: "button", role: "tab", "aria-selected": String(kind === current), "aria-controls": "offers", tabindex: kind === current ? "0" : "-1",
		on: { click: () => select(kind) },
	}, `${kind} `, h("span", { class: "muted num" }, String(items.length)))));
}

function select(kind) {
	current = kind;
	drawTabs();
	draw();
	tabs.querySelector("[aria-selected=true]").focus();
}

function draw() {
	const wanted = filter.value.trim().toLowerCase();
	const shown = (offers.get(current) ?? []).filter((offer) => `${offer.name} ${offer.title}`.toLowerCase().includes(wanted));
	list.replaceChildren(...shown.map((offer) => h("li", {}, h("button", {
		type: "button", class: "offer", "aria-current": String(offer === picked), title: offer.name, on: { click: () => onPick(offer) },
	}, h("span", { class: "strong mono" }, offer.name), offer.held ? h("span", { class: "badge state tone-warn" }, icon("lock"), "Held back") : null, offer.description ? h("span", { class: "muted" }, offer.description) : null))));
	if (!shown.length) list.append(h("li", { class: "muted" }, wanted ? "Nothing has this in its name." : "The server offers nothing here."));
}

filter.addEventListener("input", draw);
tabs.addEventListener("keydown", (event) => {
	const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
	if (!step) return;
	const all = [...offers].filter(([, items]) => items.length).map(([kind]) => kind);
	select(all[(all.indexOf(current) + step + all.length) % all.length]);
});
list.addEventListener("keydown", (event) => {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	const all = [...list.querySelectorAll(".offer")];
	const next = all[all.indexOf(document.activeElement) + (step ?? 0)];
	if (!step || !next) return;
	event.preventDefault();
	next.focus();
});
