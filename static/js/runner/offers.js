// What the server offers: tools, resources and prompts, each behind a tab.
import { h } from "../page/dom.js";
import { prompt, resource, result } from "./results.js";
import { all } from "./socket.js";

// kinds says how each kind is listed and what picking one of it does.
export const kinds = [
	{ name: "Tools", one: "tool", method: "tools/list", key: "tools", capability: "tools" },
	{ name: "Resources", one: "resource", method: "resources/list", key: "resources", capability: "resources" },
	{ name: "Templates", one: "template", method: "resources/templates/list", key: "resourceTemplates", capability: "resources" },
	{ name: "Prompts", one: "prompt", method: "prompts/list", key: "prompts", capability: "prompts" },
];

// load asks for every list that the server says it has. held is what of it waits
// for the server's owner: [kind, name] of each.
export async function load(socket, capabilities, held = []) {
	const waits = new Set(held.map(([kind, name]) => `${kind} ${name}`));
	const lists = await Promise.all(kinds.map(async (kind) => {
		if (!capabilities?.[kind.capability]) return [];
		try {
			return await all(socket, kind.method, kind.key);
		} catch {
			return []; // not every server that has resources has templates
		}
	}));
	return new Map(kinds.map((kind, i) => [kind.name, lists[i].map((item) => offerOf(kind.name, item)).map((offer) => ({ ...offer, held: waits.has(`${kind.one} ${offer.key}`) }))]));
}

// offerOf makes one thing ready for the workbench, but for sending it.
function offerOf(kind, item) {
	const name = String(item.name ?? item.uri ?? item.uriTemplate ?? "");
	const common = { kind, name, key: String((kind === "Resources" ? item.uri : kind === "Templates" ? item.uriTemplate : item.name) ?? ""), title: String(item.title ?? item.annotations?.title ?? name), description: item.description ? String(item.description) : "" };
	switch (kind) {
		case "Tools":
			return { ...common, label: "Call", schema: item.inputSchema ?? {}, method: "tools/call", params: (value) => ({ name: item.name, arguments: value }), render: result };
		case "Resources":
			return reading({ ...common, schema: {}, params: () => ({ uri: item.uri }) });
		case "Templates":
			return reading({ ...common, schema: templateSchema(item.uriTemplate), params: (value) => ({ uri: expand(item.uriTemplate, value) }) });
		default:
			return { ...common, label: "Get", schema: promptSchema(item.arguments), method: "prompts/get", params: (value) => ({ name: item.name, arguments: value }), render: prompt };
	}
}

// reading is an offer of a resource at an address that params gives.
export function reading(offer) {
	return { label: "Read", method: "resources/read", render: (answer) => h("div", { class: "stack" }, (answer.contents ?? []).map(resource)), ...offer };
}

const variable = /\{([+#./;?&]?)([^}]+)\}/g;

function templateSchema(template) {
	const names = [...String(template).matchAll(variable)].flatMap((match) => match[2].split(",").map((name) => name.replace(/[*:].*$/, "")));
	return { type: "object", properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])), required: names };
}

// expand fills a URI template (RFC 6570, level 1, and + of level 2).
function expand(template, value) {
	return String(template).replace(variable, (_, operator, names) => names.split(",").map((name) => {
		const text = String(value[name.replace(/[*:].*$/, "")] ?? "");
		return operator === "+" ? encodeURI(text) : encodeURIComponent(text);
	}).join(","));
}

function promptSchema(list = []) {
	return {
		type: "object",
		properties: Object.fromEntries(list.map((one) => [one.name, { type: "string", description: one.description }])),
		required: list.filter((one) => one.required).map((one) => one.name),
	};
}
