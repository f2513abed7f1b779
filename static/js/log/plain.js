// htmx looks at every attribute of what it processes, and at every link. In a log
// there is nothing for it, and tens of thousands of both: it is led around the
// steps. No module, for those may come after htmx begins.
document.addEventListener("htmx:before:process", (event) => {
	const at = event.target;
	const steps = document.getElementById("steps");
	if (steps.contains(at)) {
		event.preventDefault();
	} else if (at.contains(steps)) {
		event.preventDefault();
		for (const child of at.children) htmx.process(child);
	}
});
