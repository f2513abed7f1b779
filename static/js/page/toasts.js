// Toasts say what was done, never what failed.
const place = document.getElementById("toasts");
const shownFor = 6000;

function expire(card) {
	setTimeout(() => {
		card.classList.add("gone");
		setTimeout(() => card.remove(), 400);
	}, shownFor);
}

export function toast(text) {
	const card = document.createElement("p");
	card.className = "toast-card";
	card.textContent = text;
	place.append(card);
	expire(card);
}

for (const card of place.children) expire(card);
document.addEventListener("toast", (event) => toast(String(event.detail?.value ?? event.detail ?? "")));
