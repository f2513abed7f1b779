// Runs before anything is painted: takes the theme that was chosen here before,
// or the system's. Basecoat reads the class "dark".
(() => {
	const system = matchMedia("(prefers-color-scheme: dark)");

	function apply() {
		let chosen = "system";
		try {
			chosen = localStorage.getItem("theme") || "system";
		} catch {
			// Storage is switched off: the system decides.
		}
		const dark = chosen === "dark" || (chosen !== "light" && system.matches);
		document.documentElement.classList.toggle("dark", dark);
		document.documentElement.classList.toggle("light", !dark);
		document.documentElement.dataset.theme = chosen;
	}

	apply();
	system.addEventListener("change", apply);
	addEventListener("storage", apply);
	addEventListener("theme", apply);
})();
