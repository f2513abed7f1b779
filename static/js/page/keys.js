// Keys: / and ⌘K go to the search, arrows walk through the rows of a list, Enter
// in its search field opens the first.
const search = document.getElementById("search");

function typing(target) {
	return target.closest("input, textarea, select, [contenteditable]");
}

function links(list) {
	return [...list.querySelectorAll("li")].map((row) => row.querySelector("a[href]")).filter(Boolean);
}

// The list that belongs to the element that has the focus.
function listOf(element) {
	if (element.dataset?.rows) return document.querySelector(element.dataset.rows);
	if (element === search) return document.getElementById("search-results");
	return element.closest?.("#repo-list, #search-results") ?? element.closest?.(".rows");
}

function walk(event, list) {
	const all = links(list);
	const at = all.indexOf(document.activeElement);
	const next = event.key === "ArrowDown" ? at + 1 : at - 1;
	if (next < -1 || next >= all.length || (at === -1 && typing(event.target) === null)) return;
	event.preventDefault();
	if (next >= 0) all[next].focus();
	else (list.id === "search-results" ? search : document.querySelector(`[data-rows="#${list.id}"]`))?.focus();
}

document.addEventListener("keydown", (event) => {
	const command = event.key === "k" && (event.metaKey || event.ctrlKey);
	const slash = event.key === "/" && !typing(event.target) && !event.metaKey && !event.ctrlKey && !event.altKey;
	if (search && (command || slash)) {
		event.preventDefault();
		search.focus();
		search.select();
		return;
	}
	const list = listOf(event.target);
	if (!list) return;
	if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event, list);
	if (event.key === "Enter" && (event.target.dataset?.rows || event.target === search)) {
		const first = links(list)[0];
		if (first) {
			event.preventDefault();
			first.click();
		}
	}
	if (event.key === "Escape" && list.id === "search-results") document.activeElement.blur();
});
