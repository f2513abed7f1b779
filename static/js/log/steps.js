// A step that ends well folds, one that fails opens, and one that the reader
// touched stays as they left it.
import { watch } from "./watch.js";

document.getElementById("steps").addEventListener("click", (event) => {
	const head = event.target.closest(".step-head");
	if (head) head.parentElement.dataset.touched = "";
});

watch(".step-head", (head) => {
	const step = head.parentElement;
	if ("touched" in step.dataset || step.querySelector(".marked")) return;
	step.open = head.dataset.status === "running" || head.dataset.status === "failed";
});
