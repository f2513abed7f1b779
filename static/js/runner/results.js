// Results of calls, and contents of resources and prompts, by their kind.
import { button, h, size } from "../page/dom.js";
import { json } from "./json.js";

const pictures = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const sounds = ["audio/mpeg", "audio/wav", "audio/ogg", "audio/mp4", "audio/webm", "audio/x-wav", "audio/flac"];
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

// result renders what tools/call answered.
export function result(answer) {
	const parts = (answer.content ?? []).map(content);
	if (answer.structuredContent !== undefined) {
		parts.push(titled("Structured content", json(answer.structuredContent)));
	}
	if (parts.length === 0) parts.push(h("p", { class: "muted" }, "The tool answered with nothing."));
	return h("div", { class: "stack" }, parts);
}

// content renders one piece of content.
export function content(piece) {
	switch (piece?.type) {
		case "text": return text(String(piece.text ?? ""));
		case "image": return media(piece, pictures, picture);
		case "audio": return media(piece, sounds, sound);
		case "resource_link": return link(piece);
		case "resource": return resource(piece.resource ?? {});
		default: return json(piece);
	}
}

function text(value) {
	const trimmed = value.trim();
	if (/^[[{]/.test(trimmed)) {
		try {
			return json(JSON.parse(trimmed));
		} catch {
			// It only looks like JSON.
		}
	}
	return h("div", { class: "json result-text", tabindex: "0" }, value);
}

function media(piece, allowed, show) {
	const data = String(piece.data ?? piece.blob ?? "");
	const type = String(piece.mimeType ?? "");
	if (!allowed.includes(type) || !base64.test(data)) {
		return h("p", { class: "muted" }, "Content of the type ", h("bdi", {}, type || "unknown"), ` (${size(bytes(data))}), which is not shown here.`);
	}
	return h("figure", {}, show(`data:${type};base64,${data}`), h("figcaption", { class: "muted" }, `${type}, ${size(bytes(data))}`));
}

const bytes = (data) => Math.floor((data.length * 3) / 4);
const picture = (source) => h("img", { class: "result-image", src: source, alt: "Picture from the tool" });
const sound = (source) => h("audio", { controls: true, src: source });

function link(piece) {
	const read = button("Read", (event) => event.target.dispatchEvent(new CustomEvent("runner:read", { bubbles: true, detail: { uri: String(piece.uri) } })));
	return h("div", { class: "row" }, h("span", { class: "strong" }, String(piece.title ?? piece.name ?? "Resource")),
		h("code", {}, String(piece.uri ?? "")), piece.mimeType ? h("span", { class: "muted" }, String(piece.mimeType)) : null, read);
}

// resource renders an embedded resource, or one that was read.
export function resource(piece) {
	const head = h("p", { class: "row" }, h("code", {}, String(piece.uri ?? "")), h("span", { class: "muted" }, String(piece.mimeType ?? "")));
	if (typeof piece.text === "string") return h("div", { class: "stack" }, head, text(piece.text));
	const type = String(piece.mimeType ?? "");
	if (pictures.includes(type)) return h("div", { class: "stack" }, head, media(piece, pictures, picture));
	if (sounds.includes(type)) return h("div", { class: "stack" }, head, media(piece, sounds, sound));
	return h("div", { class: "stack" }, head, h("p", { class: "muted" }, `Binary, ${size(bytes(String(piece.blob ?? "")))}.`));
}

// prompt renders what prompts/get answered.
export function prompt(answer) {
	return h("div", { class: "stack" },
		answer.description ? h("p", { class: "muted" }, String(answer.description)) : null,
		(answer.messages ?? []).map((message) => titled(String(message.role), content(message.content))));
}

const titled = (title, element) => h("div", { class: "stack" }, h("p", { class: "schema-title" }, title), element);
