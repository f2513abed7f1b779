// A form made from a JSON Schema. What has no control of its own is JSON by hand.
import { button, h } from "../page/dom.js";
import { choice, flag, number, raw, text } from "./controls.js";
import { kind, plain } from "./schema.js";

const deepest = 5;

// form returns a control for the whole object that a tool takes.
export function form(schema) {
	const control = object({ schema: plain(schema ?? {}, schema), root: schema, path: "", label: "", required: true, depth: 0 });
	control.set(defaults(control.spec.schema, schema));
	return control;
}

function defaults(schema, root) {
	const values = {};
	for (const [name, property] of Object.entries(schema.properties ?? {})) {
		const s = plain(property, root);
		if (s.default !== undefined && s.default !== null) values[name] = s.default;
	}
	return values;
}

function control(spec) {
	if (spec.depth > deepest) return raw(spec);
	switch (kind(spec.schema)) {
		case "string": return text(spec);
		case "number":
		case "integer": return number(spec);
		case "boolean": return flag(spec);
		case "choice": return choice(spec, "const" in spec.schema ? [spec.schema.const] : spec.schema.enum);
		case "array": return array(spec);
		case "object": return group(spec);
		default: return raw(spec);
	}
}

const below = (spec, schema, path, label, required) => ({
	schema: plain(schema, spec.root), root: spec.root, path, label, required, depth: spec.depth + 1,
});

// object is the fields of an object, without a frame.
function object(spec) {
	const required = spec.schema.required ?? [];
	const fields = Object.entries(spec.schema.properties ?? {}).map(([name, property]) => {
		const path = spec.path ? `${spec.path}.${name}` : name;
		return [name, control(below(spec, property, path, name, required.includes(name)))];
	});
	return {
		spec,
		element: h("div", { class: "stack" }, fields.map(([, field]) => field.element)),
		empty: fields.length === 0,
		get() {
			const value = {};
			for (const [name, field] of fields) {
				const one = field.get();
				if (one !== undefined) value[name] = one;
			}
			return value;
		},
		set(value) {
			for (const [name, field] of fields) field.set(value?.[name]);
		},
		faults: (complaints) => fields.reduce((n, [, field]) => n + field.faults(complaints), 0),
	};
}

// group is an object within another one. An optional one that is empty is left out.
function group(spec) {
	const inner = object(spec);
	return {
		element: h("fieldset", { class: "schema-group" }, h("legend", {}, ...title(spec)), description(spec), inner.element),
		get() {
			const value = inner.get();
			return Object.keys(value).length || spec.required ? value : undefined;
		},
		set: inner.set,
		faults: inner.faults,
	};
}

function array(spec) {
	let items = [];
	const list = h("div", { class: "stack" });
	const fault = h("p", { class: "fault", role: "alert", hidden: true });
	const add = (value) => {
		const item = control(below(spec, spec.schema.items, `${spec.path}[${items.length}]`, `${spec.label} ${items.length + 1}`, true));
		const remove = button("Remove", () => refill(items.filter((one) => one !== item).map((one) => one.get())), { variant: "ghost", "aria-label": `Remove ${spec.label} ${items.length + 1}` });
		if (value !== undefined) item.set(value);
		items.push(item);
		list.append(h("div", { class: "array-item" }, item.element, remove));
		return item;
	};
	const refill = (values) => {
		items = [];
		list.replaceChildren();
		for (const value of values) add(value);
	};
	const more = button("Add an entry", () => add().element.querySelector("input, textarea, select")?.focus());
	return {
		element: h("fieldset", { class: "schema-group" }, h("legend", {}, ...title(spec)), description(spec), list, h("div", { class: "row" }, more), fault),
		get: () => (items.length || spec.required ? items.map((item) => item.get() ?? emptyOf(spec)) : undefined),
		set: (values) => refill(Array.isArray(values) ? values : []),
		faults(complaints) {
			const mine = complaints.filter((complaint) => complaint.path === spec.path);
			fault.textContent = mine.map((complaint) => complaint.message).join(" ");
			fault.hidden = mine.length === 0;
			return mine.length + items.reduce((n, item) => n + item.faults(complaints), 0);
		},
	};
}

const emptyOf = (spec) => (plain(spec.schema.items, spec.root).type === "string" ? "" : null);
const title = (spec) => [spec.label, spec.required ? h("span", { class: "muted" }, " (required)") : null].filter(Boolean);
const description = (spec) => (spec.schema.description ? h("p", { class: "hint" }, spec.schema.description) : null);
