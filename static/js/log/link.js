// Says when the stream is broken and tried again. The server goes on after the
// last line that is here.
const stream = document.getElementById("stream");
const notice = document.getElementById("log-link");

if (stream) {
	stream.addEventListener("htmx:sse:before:connection", (event) => {
		notice.hidden = !(event.detail.connection.attempt > 1);
	});
	stream.addEventListener("htmx:sse:error", () => {
		notice.hidden = false;
	});
	for (const event of ["htmx:error", "htmx:response:error"]) {
		stream.addEventListener(event, () => {
			notice.lastElementChild.textContent = "The live log could not be opened. Reload the page to try again.";
			notice.hidden = false;
		});
	}
	stream.addEventListener("htmx:sse:after:connection", () => {
		notice.hidden = true;
	});
	stream.addEventListener("htmx:sse:close", () => {
		notice.hidden = true;
	});
}
