// The second line of the TypeScript SDK. MCP_MODE is legacy, auto, or a version
// that it insists on.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { answers, bearer, capabilities, identity, story, url } from "./story.mjs";

const mode = process.env.MCP_MODE;
const client = new Client(identity, {
  capabilities,
  versionNegotiation: { mode: ["legacy", "auto"].includes(mode) ? mode : { pin: mode } },
});
client.setRequestHandler("sampling/createMessage", answers.sampling);
client.setRequestHandler("elicitation/create", answers.elicitation);
client.setRequestHandler("roots/list", answers.roots);

await story({
  client,
  connect: () => client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers: bearer } })),
  call: (params, options) => client.callTool(params, options),
  more: () => ({ version: client.getNegotiatedProtocolVersion() }),
});
