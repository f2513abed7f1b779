// Lines come in chunks as they were written. Small ones are put together, so
// that the browser can skip the layout of those that are out of sight.
import { watch } from "./watch.js";

const full = 200;
const count = document.getElementById("log-count");

// The stream may have been faster than this script.
let lines = Math.max(Number(count.dataset.lines), document.querySelectorAll(".line").length);

function merge(chunk) {
	const before = chunk.previousElementSibling;
	if (!before?.matches(".chunk") || before.childElementCount + chunk.childElementCount > full) return;
	before.append(...chunk.children);
	chunk.remove();
	if (before.childElementCount >= 20) {
		before.className = `chunk far n${Math.ceil(before.childElementCount / 20) * 20}`;
	}
}

function say() {
	count.textContent = `${lines.toLocaleString()} ${lines === 1 ? "line" : "lines"}`;
}

say();
watch(".chunk", (chunk, later) => {
	if (!later) return;
	lines += chunk.childElementCount;
	say();
	document.dispatchEvent(new CustomEvent("log:lines", { detail: { chunk, lines: chunk.childElementCount } }));
	merge(chunk);
});
