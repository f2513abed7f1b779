// The WebSocket transport of the first line of the TypeScript SDK. It cannot
// send a header, so a ticket of one use is fetched with the token first. MCP_URL
// is where tickets are given out.
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import WebSocket from "ws";
import { newClient } from "./sdk1-client.mjs";
import { bearer, story, url } from "./story.mjs";

globalThis.WebSocket = WebSocket;

async function ticket() {
  const response = await fetch(url, { headers: { ...bearer, Accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`a ticket is answered with ${response.status}: ${await response.text()}`);
  }
  return new URL((await response.json()).url);
}

const client = newClient();
await story({
  client,
  connect: async () => client.connect(new WebSocketClientTransport(await ticket())),
  call: (params, options) => client.callTool(params, undefined, options),
});
