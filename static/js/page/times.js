// Times in the reader's own zone, distances that stay true, and clocks that
// count while something runs.
import { fresh } from "./fresh.js";

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "long" });

function localise(root) {
	for (const time of root.querySelectorAll("time.moment:not([data-local])")) {
		time.dataset.local = "";
		time.title = exact.format(new Date(time.dateTime));
	}
}

function distance(then, now) {
	const seconds = Math.round((now - then) / 1000);
	const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"} ago`;
	if (seconds < 0) return null;
	if (seconds < 45) return "just now";
	if (seconds < 60 * 60 - 30) return count(Math.max(1, Math.round(seconds / 60)), "minute");
	if (seconds < 36 * 3600) return count(Math.round(seconds / 3600), "hour");
	if (seconds < 30 * 86400) return count(Math.floor(seconds / 86400), "day");
	return null; // a date does not age
}

function age() {
	const now = Date.now();
	for (const time of document.querySelectorAll("time.moment")) {
		const text = distance(Date.parse(time.dateTime), now);
		if (text && text !== time.textContent) time.textContent = text;
	}
}

export function duration(ms) {
	const seconds = ms / 1000;
	const two = (n) => String(Math.floor(n)).padStart(2, "0");
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.floor(seconds)} s`;
	if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
	return `${Math.floor(seconds / 3600)} h ${two((seconds / 60) % 60)} min`;
}

function count() {
	const now = Date.now();
	for (const took of document.querySelectorAll("[data-since]")) {
		const ms = Math.max(0, now - Date.parse(took.dataset.since));
		took.textContent = duration(ms < 10000 ? Math.floor(ms / 1000) * 1000 : ms).replace(".0 s", " s");
	}
}

fresh(localise);
fresh(count);
setInterval(count, 1000);
setInterval(age, 30000);
