// fresh runs a function on the document now and on everything htmx puts into
// it later.
export function fresh(run) {
	run(document);
	document.addEventListener("htmx:after:swap", () => run(document));
}
