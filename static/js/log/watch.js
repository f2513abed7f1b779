// watch calls back for each element that comes into the steps, now or later.
const steps = document.getElementById("steps");

export function watch(selector, run) {
	for (const element of steps.querySelectorAll(selector)) run(element, false);
	new MutationObserver((changes) => {
		for (const change of changes) {
			for (const node of change.addedNodes) {
				if (node.nodeType !== Node.ELEMENT_NODE) continue;
				if (node.matches(selector)) run(node, true);
				for (const inner of node.querySelectorAll(selector)) run(inner, true);
			}
		}
	}).observe(steps, { childList: true, subtree: true });
}
