// h builds an element. Text goes in as text, never as markup: what a server
// says cannot become part of the page.
export function h(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (value === undefined || value === null || value === false) continue;
		if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
		else if (name === "value") element.value = value;
		else element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}

let ids = 0;

// unique returns an id that nothing else on the page has.
export const unique = (prefix) => `${prefix}-${++ids}`;

const sprite = document.querySelector(".icon use").getAttribute("href").split("#")[0];

export function icon(name) {
	const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
	const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
	svg.setAttribute("class", `icon icon-${name}`);
	svg.setAttribute("aria-hidden", "true");
	use.setAttribute("href", `${sprite}#${name}`);
	svg.append(use);
	return svg;
}

export function button(label, run, { variant = "outline", size = "sm", ...rest } = {}) {
	return h("button", { type: "button", class: "btn", "data-variant": variant, "data-size": size, on: { click: run }, ...rest }, label);
}

export function size(bytes) {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
