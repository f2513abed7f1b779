// mcp-remote, as a client that only knows standard input and output starts it:
// a bridge to an endpoint over HTTP. With MCP_CALLBACK, a port, it sends no token
// and signs its person in.
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { fileURLToPath } from "node:url";
import { newClient } from "./sdk1-client.mjs";
import { bearer, story, url } from "./story.mjs";

const bridge = fileURLToPath(import.meta.resolve("mcp-remote/package.json").replace(/package\.json$/, "dist/proxy.js"));
const callback = process.env.MCP_CALLBACK;
const signIn = callback ? [callback, "--host", "127.0.0.1"] : ["--header", "Authorization:${BEARER}"];
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [bridge, url.href, ...signIn, "--allow-http", "--transport", "http-only"],
  env: { ...process.env, BEARER: bearer.Authorization },
  stderr: "inherit",
});
const client = newClient();
await story({
  client,
  connect: () => client.connect(transport),
  call: (params, options) => client.callTool(params, undefined, options),
});
