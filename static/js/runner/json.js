// JSON with colours, built from elements.
import { h } from "../page/dom.js";

const token = /("(?:\\.|[^"\\])*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;
const most = 400_000; // characters: more is shown without colours

export function json(value) {
	const text = JSON.stringify(value, null, 2) ?? "undefined";
	const box = h("pre", { class: "json", tabindex: "0" });
	if (text.length > most) {
		box.textContent = text;
		return box;
	}
	let at = 0;
	for (const match of text.matchAll(token)) {
		box.append(text.slice(at, match.index));
		const kind = match[2] ? "key" : match[1] ? "string" : match[3] ? "number" : "word";
		box.append(h("span", { class: kind }, match[1] ?? match[0]), match[2] ?? "");
		at = match.index + match[0].length;
	}
	box.append(text.slice(at));
	return box;
}
