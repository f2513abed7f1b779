// The list of steps beside the log follows their heads, and opens what is clicked.
import { h } from "../page/dom.js";
import { watch } from "./watch.js";

const list = document.getElementById("outline");

function item(head) {
	const step = head.parentElement;
	const name = head.querySelector(".step-name").textContent;
	const icon = h("span", { class: `step-icon ${[...head.classList].find((one) => one.startsWith("tone-"))}` },
		head.querySelector(".step-icon .icon").cloneNode(true), h("span", { class: "sr-only" }, head.querySelector(".step-word").textContent));
	return h("li", { id: `outline-${step.dataset.step}` },
		h("a", { href: `#${step.id}`, title: name }, icon, h("span", { class: "cut" }, name), head.querySelector(".took").cloneNode(true)));
}

const number = (element) => Number(element.id.slice("outline-".length));

// Steps may come before this script, and heads again: each has one item, in order.
watch(".step-head", (head, later) => {
	const fresh = item(head);
	const old = document.getElementById(fresh.id);
	if (old) {
		if (later) old.replaceWith(fresh);
		return;
	}
	list.insertBefore(fresh, [...list.children].find((one) => number(one) > number(fresh)) ?? null);
});

list.addEventListener("click", (event) => {
	const link = event.target.closest("a");
	const step = link && document.querySelector(link.hash);
	if (!step) return;
	step.open = true;
	step.dataset.touched = "";
});
