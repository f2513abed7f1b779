// The switch between the system's theme, light and dark.
const names = ["system", "light", "dark"];
const button = document.getElementById("theme");

function chosen() {
	return document.documentElement.dataset.theme || "system";
}

function label() {
	button.title = `Theme: ${chosen()}`;
	button.setAttribute("aria-label", `Theme: ${chosen()}. Press to change it.`);
}

if (button) {
	button.hidden = false;
	label();
	button.addEventListener("click", () => {
		const next = names[(names.indexOf(chosen()) + 1) % names.length];
		try {
			localStorage.setItem("theme", next);
		} catch {
			return; // Storage is switched off: the system decides.
		}
		dispatchEvent(new Event("theme"));
		label();
	});
}
