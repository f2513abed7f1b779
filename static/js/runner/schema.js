// Reading JSON Schema as far as forms need it.
const deepest = 12;

// resolve follows local references and joins what allOf says.
export function resolve(schema, root, depth = 0) {
	if (schema === null || typeof schema !== "object" || depth > deepest) return {};
	if (typeof schema.$ref === "string") {
		const { $ref, ...beside } = schema;
		return { ...resolve(lookup($ref, root), root, depth + 1), ...beside };
	}
	if (Array.isArray(schema.allOf)) {
		const { allOf, ...beside } = schema;
		return allOf.reduce((joined, part) => join(joined, resolve(part, root, depth + 1)), beside);
	}
	return schema;
}

function lookup(ref, root) {
	if (ref === "#") return root;
	if (!ref.startsWith("#/")) return {};
	const keys = ref.slice(2).split("/").map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
	return keys.reduce((at, key) => (at !== null && typeof at === "object" && Object.hasOwn(at, key) ? at[key] : undefined), root) ?? {};
}

function join(a, b) {
	return {
		...a, ...b,
		properties: a.properties || b.properties ? { ...a.properties, ...b.properties } : undefined,
		required: a.required || b.required ? [...(a.required ?? []), ...(b.required ?? [])] : undefined,
	};
}

// plain takes "or null" away: a field that is left empty says null by not
// being there. What stays a choice between shapes has no form.
export function plain(schema, root) {
	let s = resolve(schema, root);
	const choices = s.anyOf ?? s.oneOf;
	if (Array.isArray(choices)) {
		const real = choices.map((choice) => resolve(choice, root)).filter((choice) => choice.type !== "null");
		if (real.length !== 1) return s;
		const { anyOf, oneOf, ...beside } = s;
		s = { ...plain(real[0], root), ...beside };
	}
	if (Array.isArray(s.type)) {
		const types = s.type.filter((type) => type !== "null");
		s = { ...s, type: types.length === 1 ? types[0] : undefined };
	}
	return s;
}

// kind says which control a schema gets.
export function kind(s) {
	if (Array.isArray(s.anyOf) || Array.isArray(s.oneOf)) return "json";
	if (Array.isArray(s.enum)) return s.enum.every((value) => value === null || typeof value !== "object") ? "choice" : "json";
	if ("const" in s) return "choice";
	if (s.type === "object" || (!s.type && s.properties)) return s.properties && Object.keys(s.properties).length ? "object" : "json";
	if (s.type === "array") return s.items && !Array.isArray(s.items) ? "array" : "json";
	return ["string", "number", "integer", "boolean"].includes(s.type) ? s.type : "json";
}
