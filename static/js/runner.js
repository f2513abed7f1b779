// The runner page: connects to the server, lists what it offers, calls it.
import { record } from "./runner/history.js";
import { fill, find, first, mark } from "./runner/list.js";
import { load, reading } from "./runner/offers.js";
import { Socket } from "./runner/socket.js";
import { countdown, onReconnect, refreshOutput, say } from "./runner/strip.js";
import { open, refuse, show } from "./runner/workbench.js";

const page = document.getElementById("runner");
const endpoint = page.dataset.endpoint;
const bench = document.getElementById("workbench");
let socket = null;

// ready adds to an offer what it needs to be sent over the socket of the moment.
function ready(offer) {
	return {
		...offer,
		send(value) {
			const params = offer.params(value);
			const token = crypto.randomUUID();
			if (offer.method === "tools/call") params._meta = { progressToken: token };
			const request = socket.request(offer.method, params);
			request.token = token;
			return request;
		},
		cancel: (id) => socket.cancel(id, "The person pressed Cancel."),
		onProgress(request, update) {
			const at = socket;
			const heard = (event) => { if (event.detail.progressToken === request.token) update(event.detail); };
			at.addEventListener("notifications/progress", heard);
			return () => at.removeEventListener("notifications/progress", heard);
		},
	};
}

function pick(offer, values) {
	mark(offer);
	if (offer.kind === "Tools") history.replaceState(null, "", `#tool=${encodeURIComponent(offer.name)}`);
	return offer.held ? refuse(offer, page.dataset.changes) : open(ready(offer), endpoint, values);
}

async function list(capabilities) {
	fill(await load(socket, capabilities, JSON.parse(page.dataset.held || "[]")), (offer) => pick(offer));
	if (!bench.hidden) return; // somebody is at work: a new list must not take the form away
	const wanted = new URLSearchParams(location.hash.slice(1)).get("tool");
	const offer = find("Tools", wanted) ?? first("Tools");
	if (offer) pick(offer);
}

async function connect() {
	say("connecting", "Starting an instance if none runs…");
	socket = new Socket();
	const mine = socket;
	mine.addEventListener("closed", ({ detail }) => {
		if (mine === socket) say("closed", detail.reason || "The connection was closed.");
	});
	mine.addEventListener("notifications/moorage/idle", ({ detail }) => countdown(detail.closesAt));
	try {
		const info = await mine.open(page.dataset.ticket);
		const server = info.serverInfo ?? {};
		say("open", ...[server.title ?? server.name, server.version, `MCP ${info.protocolVersion}`].filter(Boolean));
		for (const kind of ["tools", "resources", "prompts"]) {
			mine.addEventListener(`notifications/${kind}/list_changed`, () => list(info.capabilities));
		}
		await list(info.capabilities);
	} catch (error) {
		say("failed", error.message);
	}
	refreshOutput();
}

document.addEventListener("runner:called", ({ detail }) => {
	refreshOutput();
	const again = () => pick(find(detail.offer.kind, detail.offer.name) ?? detail.offer, detail.value)();
	record(detail, () => show(detail.offer, detail.outcome, detail.took), again);
});
document.addEventListener("runner:read", ({ detail }) => {
	pick(reading({ kind: "Resources", name: detail.uri, title: detail.uri, description: "", schema: {}, params: () => ({ uri: detail.uri }) }))();
});
onReconnect(connect);
connect();
