// A JSON-RPC conversation over a WebSocket (subprotocol "mcp", one message a
// frame), and the MCP handshake at its beginning.
const protocol = "2025-11-25";
const nothingLikeThat = -32601;

export class Failure extends Error {
	constructor(message, data) {
		super(message);
		this.data = data;
	}
}

async function ticket(url) {
	const response = await fetch(url, { method: "POST", headers: { Accept: "application/json" }, credentials: "same-origin" });
	const body = await response.json().catch(() => ({}));
	if (!response.ok) {
		throw new Failure(body.error?.message ?? body.error ?? body.message ?? `The server of this page answered ${response.status}.`, body);
	}
	const target = new URL(body.url, location.href);
	target.protocol = location.protocol === "https:" ? "wss:" : "ws:";
	return target;
}

export class Socket extends EventTarget {
	#ws;
	#next = 1;
	#waiting = new Map();

	// open asks for a ticket, connects and shakes hands. It returns what the
	// server said of itself.
	async open(ticketURL) {
		const target = await ticket(ticketURL);
		this.#ws = new WebSocket(target, ["mcp"]);
		this.#ws.addEventListener("message", (event) => this.#receive(event.data));
		this.#ws.addEventListener("close", (event) => this.#closed(event));
		await new Promise((resolve, reject) => {
			this.#ws.addEventListener("open", resolve, { once: true });
			this.#ws.addEventListener("close", (event) => reject(new Failure(event.reason || "The connection could not be opened.")), { once: true });
		});
		const info = await this.request("initialize", {
			protocolVersion: protocol, capabilities: {}, clientInfo: { name: "moorage", version: "1" },
		});
		this.notify("notifications/initialized");
		return info;
	}

	get connected() {
		return this.#ws?.readyState === WebSocket.OPEN;
	}

	close() {
		this.#ws?.close(1000);
	}

	notify(method, params) {
		this.#send({ jsonrpc: "2.0", method, params });
	}

	// request sends a request. The promise carries the id, for cancelling.
	request(method, params) {
		const id = this.#next++;
		const promise = new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			if (!this.#send({ jsonrpc: "2.0", id, method, params })) {
				this.#waiting.delete(id);
				reject(new Failure("The session is closed. Press Reconnect."));
			}
		});
		promise.id = id;
		return promise;
	}

	// cancel asks the server to stop working on a request.
	cancel(id, reason) {
		const waiting = this.#waiting.get(id);
		if (!waiting) return;
		this.#waiting.delete(id);
		this.notify("notifications/cancelled", { requestId: id, reason });
		waiting.reject(new Failure("You cancelled the call."));
	}

	#send(message) {
		if (!this.connected) return false;
		this.#ws.send(JSON.stringify(message));
		return true;
	}

	#receive(data) {
		let message;
		try {
			message = JSON.parse(data);
		} catch {
			return; // not JSON-RPC: nothing waits for it
		}
		if (message?.method && message.id !== undefined) this.#answer(message);
		else if (message?.method) this.dispatchEvent(new CustomEvent(message.method, { detail: message.params ?? {} }));
		else this.#settle(message);
	}

	#settle(message) {
		const waiting = this.#waiting.get(message?.id);
		if (!waiting) return;
		this.#waiting.delete(message.id);
		if (message.error) waiting.reject(new Failure(String(message.error.message), message.error));
		else waiting.resolve(message.result ?? {});
	}

	// The page is asked for nothing that it could give but a sign of life.
	#answer({ id, method }) {
		if (method === "ping") this.#send({ jsonrpc: "2.0", id, result: {} });
		else this.#send({ jsonrpc: "2.0", id, error: { code: nothingLikeThat, message: `This page does not answer ${method}.` } });
	}

	#closed(event) {
		for (const { reject } of this.#waiting.values()) reject(new Failure(event.reason || "The connection was closed before the answer came."));
		this.#waiting.clear();
		this.dispatchEvent(new CustomEvent("closed", { detail: { code: event.code, reason: event.reason } }));
	}
}

const mostPages = 50;

// all asks for every page of a list.
export async function all(socket, method, key) {
	const items = [];
	let cursor;
	for (let page = 0; page < mostPages; page++) {
		const result = await socket.request(method, cursor ? { cursor } : {});
		items.push(...(result[key] ?? []));
		cursor = result.nextCursor;
		if (!cursor) break;
	}
	return items;
}
