// A browser that shares the machine with the container engine drops what is on
// its way whenever the network of a container comes or goes
// (net::ERR_NETWORK_CHANGED). What only reads is asked for once more.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
	if (ctx.request.method !== "GET") return;
	const ask = ctx.fetch;
	ctx.fetch = (url, request) => ask(url, request).catch((error) => {
		if (request.signal?.aborted) throw error;
		return ask(url, request);
	});
});
