// The form of what was picked, its JSON view, the call and its result.
import { copy } from "../page/copy.js";
import { duration } from "../page/times.js";
import { ways } from "./copyas.js";
import { button, h, icon, size } from "../page/dom.js";
import { form } from "./form.js";
import { json } from "./json.js";
import { validate } from "./validate.js";

const bench = document.getElementById("workbench");
const place = document.getElementById("result");

// open shows an offer: {title, description, schema, label, send, params, method, render}.
// send starts the request and returns its promise; arguments may be given.
export function open(offer, endpoint, values) {
	const control = form(offer.schema);
	const view = views(control);
	const call = h("button", { class: "btn", type: "submit" }, offer.label);
	const problem = h("p", { class: "fault", role: "alert", hidden: true });
	const run = (event) => {
		event?.preventDefault();
		const read = view.read();
		problem.hidden = true;
		if (read.broken) return;
		const complaints = validate(read.value, offer.schema ?? {});
		const shown = control.faults(complaints);
		if (complaints.length || shown) {
			problem.textContent = view.isJSON() || !shown ? complaints.map((c) => `${c.path}: ${c.message}`).join(" ") : "Some fields need another look.";
			problem.hidden = false;
			bench.querySelector("[aria-invalid=true]")?.focus();
			return;
		}
		perform(offer, read.value, call, endpoint);
	};
	const element = h("form", { class: "stack", novalidate: true, on: { submit: run, keydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(event); } } },
		h("header", { class: "result-head" }, h("h2", { class: "wrap grow" }, offer.title), control.empty ? null : view.toggle),
		offer.description ? h("p", { class: "muted wrap result-text" }, offer.description) : null,
		control.empty ? h("p", { class: "muted" }, "It takes no arguments.") : null,
		control.element, view.element, problem,
		h("div", { class: "row" }, call, ...copies(offer, endpoint, view)));
	bench.replaceChildren(element);
	bench.hidden = false;
	if (values !== undefined) control.set(values);
	return run;
}

// refuse stands where the form of an offer would that is held; changes is the
// address of what is different about it, for those who may look.
export function refuse(offer, changes) {
	bench.replaceChildren(
		h("header", { class: "result-head" }, h("h2", { class: "wrap grow" }, offer.title), h("span", { class: "badge state tone-warn" }, icon("lock"), "Held back")),
		h("p", {}, "It is new or has changed, and waits for the server's owner. It is not called until they approve it."),
		...(changes ? [h("div", { class: "row" }, h("a", { class: "btn", "data-variant": "outline", href: changes }, "Look at the changes"))] : []));
	bench.hidden = false;
	return () => {};
}

// views keeps the form and its JSON in step: whichever is shown is right.
function views(control) {
	const area = h("textarea", { class: "textarea", rows: "10", "data-mono": true, "aria-label": "Arguments as JSON", spellcheck: "false" });
	const fault = h("p", { class: "fault", role: "alert", hidden: true }, "This is not a JSON object.");
	const element = h("div", { class: "field", hidden: true }, area, fault);
	const read = () => {
		if (element.hidden) return { value: control.get() };
		try {
			const value = JSON.parse(area.value || "{}");
			fault.hidden = value !== null && typeof value === "object" && !Array.isArray(value);
			return { value, broken: !fault.hidden };
		} catch {
			fault.hidden = false;
			return { broken: true };
		}
	};
	const toggle = button("JSON", () => {
		const now = read();
		if (now.broken) return;
		if (element.hidden) area.value = JSON.stringify(now.value, null, 2);
		else control.set(now.value);
		element.hidden = !element.hidden;
		control.element.hidden = !element.hidden;
		toggle.textContent = element.hidden ? "JSON" : "Form";
	}, { variant: "ghost" });
	return { element, toggle, read, isJSON: () => !element.hidden };
}

function copies(offer, endpoint, view) {
	if (!navigator.clipboard) return [];
	return ways(endpoint).map(([name, make]) => button(`Copy as ${name}`, () => {
		const read = view.read();
		if (!read.broken) copy(make(offer.method, offer.params(read.value)), `Copied as ${name}.`);
	}, { variant: "ghost" }));
}

async function perform(offer, value, call, endpoint) {
	const began = performance.now();
	const request = offer.send(value);
	const waiting = progress(() => offer.cancel(request.id));
	call.disabled = true;
	place.hidden = false;
	place.replaceChildren(waiting.element);
	const stop = offer.onProgress(request, waiting.update);
	let outcome;
	try {
		outcome = { answer: await request };
	} catch (error) {
		outcome = { error };
	}
	stop?.();
	waiting.end();
	call.disabled = false;
	show(offer, outcome, performance.now() - began);
	document.dispatchEvent(new CustomEvent("runner:called", { detail: { offer, value, outcome, endpoint, took: performance.now() - began } }));
}

function progress(cancel) {
	const bar = h("progress", { "aria-label": "Progress" });
	const words = h("span", { class: "muted cut", role: "status" }, "Waiting for the answer…");
	const clock = h("span", { class: "num muted" });
	const began = Date.now();
	const tick = setInterval(() => { clock.textContent = duration(Date.now() - began); }, 100);
	return {
		element: h("div", { class: "progress-line" }, bar, words, clock, button("Cancel", cancel)),
		update({ progress, total, message }) {
			if (total > 0) Object.assign(bar, { max: total, value: progress });
			words.textContent = message ? String(message) : `${progress}${total > 0 ? ` of ${total}` : ""}`;
		},
		end: () => clearInterval(tick),
	};
}

// show renders an outcome below the form.
export function show(offer, { answer, error }, took) {
	const failed = error || answer.isError;
	const body = error ? [h("p", { class: "wrap" }, error.message), error.data ? json(error.data) : null] : [offer.render(answer)];
	const whole = error ? null : h("details", { class: "more" }, h("summary", {}, "The whole answer as JSON"), json(answer));
	place.replaceChildren(
		h("header", { class: "result-head" }, h("h2", {}, "Result"),
			h("span", { class: `badge state tone-${failed ? "bad" : "good"}` }, icon(failed ? "cross" : "check"), error ? "Failed" : failed ? "The tool reports an error" : "Answered"),
			h("span", { class: "muted num" }, `${Math.round(took)} ms`),
			answer ? h("span", { class: "muted num" }, size(new Blob([JSON.stringify(answer)]).size)) : null),
		...body.filter(Boolean), ...(whole ? [whole] : []));
	place.hidden = false;
}
