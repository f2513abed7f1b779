// The calls of this page, newest first. They live as long as the page.
import { button, h, icon } from "../page/dom.js";

const place = document.getElementById("history");
const most = 100;
const calls = [];

// record keeps a call; look shows its outcome again, again sends it again.
export function record(call, look, again) {
	calls.unshift({ ...call, at: new Date(), look, again });
	calls.length = Math.min(calls.length, most);
	draw();
}

function draw() {
	place.hidden = calls.length === 0;
	place.replaceChildren(
		h("header", { class: "result-head" }, h("h2", { class: "grow" }, "Calls of this page"), button("Clear", clear, { variant: "ghost" })),
		h("ul", { class: "rows" }, calls.map(line)));
}

function line(call) {
	const failed = call.outcome.error || call.outcome.answer.isError;
	return h("li", { class: "history-row" },
		h("span", { class: failed ? "tone-bad" : "tone-good" }, icon(failed ? "cross" : "check"), h("span", { class: "sr-only" }, failed ? "failed" : "answered")),
		h("button", { type: "button", class: "offer", title: "Show its result again", on: { click: call.look } },
			h("span", { class: "strong mono" }, call.offer.name), h("span", { class: "muted mono" }, JSON.stringify(call.value))),
		h("span", { class: "muted num" }, `${Math.round(call.took)} ms`),
		h("span", { class: "muted num" }, call.at.toLocaleTimeString()),
		button("Again", call.again, { "aria-label": `Call ${call.offer.name} again` }));
}

function clear() {
	calls.length = 0;
	draw();
}
