// The page follows the end of a running log until the reader scrolls up, and
// then says how much they have not seen.
import { chosen } from "./anchors.js";

const tail = document.getElementById("tail");
const button = document.getElementById("follow");
const head = () => document.getElementById("deployment-head");
const running = () => !head()?.hasAttribute("data-settled");

let following = running() && !chosen();
let unseen = 0;
let top = scrollY;

function say() {
	button.hidden = following || unseen === 0;
	button.lastElementChild.textContent = `${unseen.toLocaleString()} new ${unseen === 1 ? "line" : "lines"}`;
}

function toEnd() {
	tail.scrollIntoView({ block: "end", behavior: "instant" });
	top = scrollY;
}

new IntersectionObserver((entries) => {
	if (entries.at(-1).isIntersecting && running()) {
		following = true;
		unseen = 0;
		say();
	}
}).observe(tail);

addEventListener("scroll", () => {
	if (scrollY < top - 4 && tail.getBoundingClientRect().top > innerHeight) following = false;
	top = scrollY;
}, { passive: true });

document.addEventListener("log:lines", (event) => {
	if (following) {
		requestAnimationFrame(toEnd);
		return;
	}
	unseen += event.detail.lines;
	say();
});

button.addEventListener("click", () => {
	following = true;
	unseen = 0;
	say();
	toEnd();
});

if (following) toEnd();
