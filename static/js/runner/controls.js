// A control for each kind of value. Every control has: element, get() (undefined
// when it is left empty), set(value), and faults(complaints), which shows those
// that are about it and returns how many.
import { h, unique } from "../page/dom.js";

const multiline = /text|content|body|message|prompt|query|sql|code|script|markdown|html|description|input/i;

// row puts a label, a control and its words together.
export function row(spec, input, value) {
	const id = unique("arg");
	const fault = h("p", { class: "fault", id: `${id}-fault`, hidden: true });
	const hint = spec.schema.description ? h("p", { class: "hint", id: `${id}-hint` }, spec.schema.description) : null;
	input.id = id;
	input.setAttribute("aria-describedby", `${id}-fault${hint ? ` ${id}-hint` : ""}`);
	if (spec.required) input.setAttribute("aria-required", "true");
	const label = h("label", { for: id }, spec.label, spec.required ? h("span", { class: "muted" }, " (required)") : null);
	const check = input.type === "checkbox";
	const element = h("div", { class: check ? "field check" : "field" },
		check ? h("div", { class: "row" }, input, label) : [label, input], fault, hint);
	return {
		element, ...value,
		faults(complaints) {
			const mine = complaints.filter((complaint) => complaint.path === spec.path || (value.whole && complaint.path.startsWith(spec.path)));
			fault.textContent = mine.map((complaint) => complaint.message).join(" ");
			fault.hidden = mine.length === 0;
			input.toggleAttribute("aria-invalid", false);
			if (mine.length) input.setAttribute("aria-invalid", "true");
			return mine.length;
		},
	};
}

export function text(spec) {
	const s = spec.schema;
	const types = { uri: "url", email: "email", date: "date", password: "password" };
	const long = !s.format && (s.maxLength === undefined || s.maxLength > 120) && (multiline.test(spec.label) || s.maxLength > 120 || String(s.default ?? "").includes("\n"));
	const input = long
		? h("textarea", { class: "textarea", rows: "3", spellcheck: "false" })
		: h("input", { class: "input", type: types[s.format] ?? "text", autocomplete: "off", spellcheck: "false", placeholder: s.examples?.[0] });
	return row(spec, input, {
		get: () => (input.value === "" ? undefined : input.value),
		set: (value) => { input.value = value ?? ""; },
	});
}

export function number(spec) {
	const s = spec.schema;
	const input = h("input", { class: "input", type: "text", inputmode: s.type === "integer" ? "numeric" : "decimal", autocomplete: "off", placeholder: bounds(s) });
	return row(spec, input, {
		get() {
			const typed = input.value.trim();
			if (typed === "") return undefined;
			return Number.isFinite(Number(typed)) ? Number(typed) : typed; // text is complained about
		},
		set: (value) => { input.value = value ?? ""; },
	});
}

function bounds(s) {
	const low = s.minimum ?? s.exclusiveMinimum;
	const high = s.maximum ?? s.exclusiveMaximum;
	if (low !== undefined && high !== undefined) return `${low} to ${high}`;
	if (low !== undefined) return `from ${low}`;
	return high !== undefined ? `up to ${high}` : undefined;
}

// choice is a list of values to pick from; values keep their type.
export function choice(spec, values, labels = values.map(String)) {
	const input = h("select", { class: "select" }, h("option", { value: "" }, spec.required ? "Choose…" : "(not set)"),
		values.map((_, i) => h("option", { value: String(i) }, labels[i])));
	return row(spec, input, {
		get: () => (input.value === "" ? undefined : values[Number(input.value)]),
		set(value) {
			const at = values.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
			input.value = at < 0 ? "" : String(at);
		},
	});
}

export function flag(spec) {
	if (!spec.required && spec.schema.default === undefined) return choice(spec, [true, false], ["yes", "no"]);
	const input = h("input", { class: "input", type: "checkbox" });
	return row(spec, input, { get: () => input.checked, set: (value) => { input.checked = value === true; } });
}

// raw is JSON by hand: for shapes that have no form.
export function raw(spec) {
	const input = h("textarea", { class: "textarea", rows: "4", "data-mono": true, spellcheck: "false", placeholder: "JSON" });
	let broken = false;
	const control = row(spec, input, {
		whole: true,
		get() {
			broken = false;
			if (input.value.trim() === "") return undefined;
			try {
				return JSON.parse(input.value);
			} catch {
				broken = true;
				return undefined;
			}
		},
		set: (value) => { input.value = value === undefined ? "" : JSON.stringify(value, null, 2); },
	});
	const { faults } = control;
	control.faults = (complaints) => faults(broken ? [{ path: spec.path, message: "This is not JSON." }] : complaints);
	return control;
}
