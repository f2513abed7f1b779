// The state of the deployment in the title, in the tab's icon, and said aloud
// when it changes.
const icon = document.getElementById("favicon");
const spoken = document.getElementById("log-status");
const title = document.title;
const faces = { live: "good", failed: "bad", queued: "quiet", retired: "quiet", superseded: "quiet", cancelled: "quiet" };
let last = "";

function show(first) {
	const head = document.getElementById("deployment-head");
	const status = head?.dataset.status;
	if (!status || status === last) return;
	last = status;
	document.title = `${head.dataset.word} · ${title}`;
	icon.href = `${icon.dataset.icons}favicon-${faces[status] ?? "busy"}.svg`;
	if (!first) spoken.textContent = `The deployment is now: ${head.dataset.word}.`;
}

show(true);
new MutationObserver(() => show(false)).observe(document.getElementById("main"), {
	subtree: true, childList: true, attributes: true, attributeFilter: ["data-status"],
});
