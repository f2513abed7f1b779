// The strip that says what the page is connected to, for how long, and what the
// server prints.
import { h, icon } from "../page/dom.js";

const state = document.getElementById("session-state");
const note = document.getElementById("session-note");
const idle = document.getElementById("session-idle");
const reconnect = document.getElementById("session-reconnect");
const output = document.querySelector(".session .output");
const faces = {
	connecting: ["Connecting", "busy", "spinner"], open: ["Connected", "good", "check"], closed: ["Closed", "quiet", "stop"], failed: ["Failed", "bad", "cross"],
};

let closesAt = 0;
let timer;

// say shows a state with its words. Each of several stands for itself: one that
// turns the direction of text turns its own.
export function say(name, ...words) {
	const [word, tone, picture] = faces[name];
	state.className = `badge state tone-${tone}`;
	state.replaceChildren(icon(picture), word);
	note.replaceChildren(...words.flatMap((word, i) => [i ? " · " : "", h("bdi", {}, String(word))]));
	reconnect.hidden = name === "open" || name === "connecting";
	if (name !== "open") countdown(0);
}

export const onReconnect = (run) => reconnect.addEventListener("click", run);

// countdown shows the last minute before an idle session closes.
export function countdown(at) {
	closesAt = Number(at) || 0;
	clearInterval(timer);
	tick();
	if (closesAt) timer = setInterval(tick, 1000);
}

function tick() {
	const left = Math.ceil((closesAt - Date.now()) / 1000);
	idle.hidden = !closesAt || left > 60;
	if (!idle.hidden) idle.replaceChildren(icon("clock"), h("span", {}, ` Closes in ${Math.max(0, left)} s. A call keeps it open.`));
}

// refreshOutput asks for the end of the server's output when somebody looks.
export function refreshOutput() {
	const tail = document.getElementById("output");
	if (output?.open && tail) htmx.trigger(tail, "refresh");
}

output?.addEventListener("toggle", refreshOutput);
