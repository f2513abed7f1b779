// The first line of the TypeScript SDK, over Streamable HTTP, which speaks
// 2025-11-25. MCP_CUT names a tool whose first call loses its stream after the
// first event that carries something: the SDK takes it up again with Last-Event-ID.
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { newClient } from "./sdk1-client.mjs";
import { bearer, story, url } from "./story.mjs";

let cuts = 0;
const resumed = [];

async function fetchAndCut(input, init = {}) {
  const lastEvent = new Headers(init.headers).get("last-event-id");
  if (lastEvent !== null) {
    resumed.push(lastEvent);
  }
  const response = await fetch(input, init);
  const cut = process.env.MCP_CUT && cuts === 0 && typeof init.body === "string" && JSON.parse(init.body).params?.name === process.env.MCP_CUT;
  if (!cut || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return response;
  }
  cuts++;
  return new Response(cutOff(response.body), { status: response.status, headers: response.headers });
}

// cutOff lets a stream through up to the end of its first event with data, and
// then breaks it as a lost connection does.
function cutOff(body) {
  let seen = "";
  const text = new TextDecoder();
  return body.pipeThrough(new TransformStream({
    transform(chunk, controller) {
      seen += text.decode(chunk, { stream: true });
      controller.enqueue(chunk);
      if (/^data: ?\S/m.test(seen)) {
        controller.error(new Error("the connection is lost"));
      }
    },
  }));
}

const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers: bearer }, fetch: fetchAndCut });
const client = newClient();
await story({
  client,
  connect: () => client.connect(transport),
  call: (params, options) => client.callTool(params, undefined, options),
  more: () => ({ version: transport.protocolVersion, session: transport.sessionId !== undefined, cuts, resumed: resumed.length }),
});
