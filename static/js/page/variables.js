// The form of variables: more rows on demand, and values that can be read while
// they are typed when they are not secret.
import { fresh } from "./fresh.js";

function add(form) {
	const index = form.querySelectorAll(".variable, .variable-new").length;
	const row = form.querySelector("template").content.cloneNode(true);
	for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
		for (const name of ["name", "id", "for", "aria-describedby"]) {
			const value = element.getAttribute(name);
			if (value) element.setAttribute(name, value.replace(/([.-])X([.-])/, `$1${index}$2`));
		}
	}
	const first = row.querySelector("input");
	form.querySelector("template").before(row);
	first.focus();
}

fresh((root) => {
	for (const button of root.querySelectorAll("[data-add-variable][hidden]")) {
		button.hidden = false;
		button.addEventListener("click", () => add(button.closest(".variables")));
	}
});

document.addEventListener("change", (event) => {
	const row = event.target.closest(".variable-new");
	if (!row || event.target.type !== "checkbox") return;
	row.querySelector('[name$=".value"]').type = event.target.checked ? "password" : "text";
});
