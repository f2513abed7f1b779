// Timestamps, wrapping and copying.
import { copy } from "../page/copy.js";
import { chosen } from "./anchors.js";

const steps = document.getElementById("steps");
const two = (n) => String(n).padStart(2, "0");

function remember(name, on) {
	try {
		localStorage.setItem(`log-${name}`, on ? "on" : "off");
	} catch {
		// Storage is switched off: the choice lasts as long as the page.
	}
}

function remembered(name, otherwise) {
	try {
		return (localStorage.getItem(`log-${name}`) ?? otherwise) === "on";
	} catch {
		return otherwise === "on";
	}
}

function localise(root) {
	for (const line of root.querySelectorAll(".line:not([data-time])")) {
		const at = new Date(Number(line.dataset.at));
		line.dataset.time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
	}
}

const toggles = {
	times(on) {
		steps.classList.toggle("times", on);
		if (on) localise(steps);
	},
	wrap(on) {
		steps.classList.toggle("unwrapped", !on);
	},
};

for (const button of document.querySelectorAll("[data-toggle]")) {
	const name = button.dataset.toggle;
	const set = (on) => {
		button.setAttribute("aria-pressed", String(on));
		toggles[name](on);
	};
	button.hidden = false;
	set(remembered(name, name === "wrap" ? "on" : "off"));
	button.addEventListener("click", () => {
		const on = button.getAttribute("aria-pressed") !== "true";
		remember(name, on);
		set(on);
	});
}

document.addEventListener("log:lines", (event) => {
	if (steps.classList.contains("times")) localise(event.detail.chunk);
});

const copying = document.getElementById("log-copy");
copying.hidden = !navigator.clipboard;
copying.addEventListener("click", () => {
	const marked = chosen() ? steps.querySelectorAll(".line.marked") : [];
	const lines = marked.length ? marked : steps.querySelectorAll(".line");
	const text = [...lines].map((line) => line.textContent.slice(line.firstChild.textContent.length)).join("\n");
	copy(text, `Copied ${lines.length.toLocaleString()} ${lines.length === 1 ? "line" : "lines"}.`);
});
