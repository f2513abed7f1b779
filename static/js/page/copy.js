// Buttons that copy what stands beside them.
import { fresh } from "./fresh.js";
import { toast } from "./toasts.js";

export async function copy(text, what = "Copied.") {
	try {
		await navigator.clipboard.writeText(text);
		toast(what);
	} catch {
		toast("The browser did not allow copying. Select the text and copy it by hand.");
	}
}

if (navigator.clipboard) {
	fresh((root) => {
		for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
	});
	document.addEventListener("click", (event) => {
		const button = event.target.closest("[data-copy]");
		if (button) copy(button.dataset.copy);
	});
}
