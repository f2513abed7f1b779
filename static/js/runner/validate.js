// Checks arguments against a tool's schema before they are sent. A complaint
// has the path of the field it is about: "place", "days[0].from".
import { resolve } from "./schema.js";

const deepest = 24;

export function validate(value, schema, root = schema) {
	const complaints = [];
	check(value, schema, { root, path: "", complaints, depth: 0 });
	return complaints;
}

function check(value, raw, at) {
	if (at.depth > deepest || raw === true) return;
	const s = resolve(raw, at.root);
	const say = (message) => at.complaints.push({ path: at.path, message });
	if (Array.isArray(s.anyOf ?? s.oneOf) && !(s.anyOf ?? s.oneOf).some((choice) => fits(value, choice, at))) {
		return say("This has none of the shapes that are allowed.");
	}
	if (s.type !== undefined && ![s.type].flat().some((type) => is(value, type))) {
		return say(`This must be ${[s.type].flat().map(named).join(" or ")}.`);
	}
	if (Array.isArray(s.enum) && !s.enum.some((allowed) => same(allowed, value))) say("This is none of the values that are allowed.");
	if ("const" in s && !same(s.const, value)) say(`This must be ${JSON.stringify(s.const)}.`);
	if (typeof value === "string") checkString(value, s, say);
	if (typeof value === "number") checkNumber(value, s, say);
	if (Array.isArray(value)) checkArray(value, s, at, say);
	else if (value !== null && typeof value === "object") checkObject(value, s, at);
}

function fits(value, schema, at) {
	const complaints = [];
	check(value, schema, { ...at, complaints, depth: at.depth + 1 });
	return complaints.length === 0;
}

function checkString(value, s, say) {
	const length = [...value].length;
	if (length < s.minLength) say(s.minLength === 1 ? "This must not be empty." : `This needs at least ${s.minLength} characters.`);
	if (length > s.maxLength) say(`This may have at most ${s.maxLength} characters.`);
	if (typeof s.pattern === "string" && !matches(value, s.pattern)) say(`This must match ${s.pattern}`);
}

function matches(value, pattern) {
	try {
		return new RegExp(pattern, "u").test(value);
	} catch {
		return true; // a pattern that this browser cannot read is the server's to check
	}
}

function checkNumber(value, s, say) {
	if (value < s.minimum) say(`This must be at least ${s.minimum}.`);
	if (value > s.maximum) say(`This must be at most ${s.maximum}.`);
	if (value <= s.exclusiveMinimum) say(`This must be more than ${s.exclusiveMinimum}.`);
	if (value >= s.exclusiveMaximum) say(`This must be less than ${s.exclusiveMaximum}.`);
	if (s.multipleOf > 0 && Math.abs(value / s.multipleOf - Math.round(value / s.multipleOf)) > 1e-9) say(`This must be a multiple of ${s.multipleOf}.`);
}

function checkArray(value, s, at, say) {
	if (value.length < s.minItems) say(`This needs at least ${s.minItems} ${s.minItems === 1 ? "entry" : "entries"}.`);
	if (value.length > s.maxItems) say(`This may have at most ${s.maxItems} ${s.maxItems === 1 ? "entry" : "entries"}.`);
	if (s.uniqueItems && new Set(value.map((item) => JSON.stringify(item))).size < value.length) say("Two entries are the same.");
	if (s.items && !Array.isArray(s.items)) {
		value.forEach((item, i) => check(item, s.items, { ...at, path: `${at.path}[${i}]`, depth: at.depth + 1 }));
	}
}

function checkObject(value, s, at) {
	const below = (key) => ({ ...at, path: at.path ? `${at.path}.${key}` : key, depth: at.depth + 1 });
	for (const key of s.required ?? []) {
		if (!Object.hasOwn(value, key)) at.complaints.push({ path: below(key).path, message: "This is needed." });
	}
	for (const [key, item] of Object.entries(value)) {
		if (s.properties && Object.hasOwn(s.properties, key)) check(item, s.properties[key], below(key));
		else if (s.additionalProperties === false) at.complaints.push({ path: below(key).path, message: `The tool takes nothing called “${key}”.` });
		else if (s.additionalProperties && typeof s.additionalProperties === "object") check(item, s.additionalProperties, below(key));
	}
}

function is(value, type) {
	switch (type) {
		case "null": return value === null;
		case "array": return Array.isArray(value);
		case "object": return value !== null && typeof value === "object" && !Array.isArray(value);
		case "integer": return Number.isInteger(value);
		default: return typeof value === type;
	}
}

const names = { string: "text", number: "a number", integer: "a whole number", boolean: "yes or no", array: "a list", object: "an object", null: "null" };
const named = (type) => names[type] ?? String(type);
const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);
