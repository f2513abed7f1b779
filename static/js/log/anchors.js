// Links to lines: #L120, and #L10-L20 by a click with shift. The step that holds
// them opens.
const range = /^#L(\d+)(?:-L(\d+))?$/;
let anchor = 0;

export function chosen() {
	const match = range.exec(location.hash);
	if (!match) return null;
	const a = Number(match[1]);
	const b = Number(match[2] ?? match[1]);
	return { first: Math.min(a, b), last: Math.max(a, b) };
}

function mark(scroll) {
	for (const line of document.querySelectorAll(".line.marked")) line.classList.remove("marked");
	const lines = chosen();
	if (!lines) return;
	for (let n = lines.first; n <= lines.last && n < lines.first + 5000; n++) {
		document.getElementById(`L${n}`)?.classList.add("marked");
	}
	const first = document.getElementById(`L${lines.first}`);
	if (!first) return;
	first.closest("details").open = true;
	if (scroll) bring(first);
}

// bring scrolls to a line. In a step that was folded until now that has no
// effect before the browser has painted it, so it is tried frame by frame.
function bring(line, frames = 20) {
	line.scrollIntoView({ block: "center", behavior: "instant" });
	requestAnimationFrame(() => {
		const box = line.getBoundingClientRect();
		if ((box.bottom < 0 || box.top > innerHeight) && frames > 0) bring(line, frames - 1);
	});
}

document.getElementById("steps").addEventListener("click", (event) => {
	const link = event.target.closest(".line > a");
	if (!link) return;
	event.preventDefault();
	const n = Number(link.textContent);
	const hash = event.shiftKey && anchor ? `#L${Math.min(anchor, n)}-L${Math.max(anchor, n)}` : `#L${n}`;
	if (!event.shiftKey) anchor = n;
	history.replaceState(null, "", hash);
	mark(false);
});

addEventListener("hashchange", () => mark(true));
document.getElementById("log-hits").addEventListener("click", (event) => {
	const link = event.target.closest("a");
	if (link && link.hash === location.hash) mark(true); // the same line again
});
mark(true);
