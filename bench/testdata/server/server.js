// A small MCP server: newline-delimited JSON-RPC on stdin and stdout.
const fortunes = require("fortunes");
const { word } = require("./word.json");

const tools = [{ name: "tell", description: "Tells a fortune.", inputSchema: { type: "object" } }];
const answers = {
  initialize: (p) => ({ protocolVersion: p.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "teller", version: word } }),
  ping: () => ({}),
  "tools/list": () => ({ tools }),
  "tools/call": () => ({ content: [{ type: "text", text: fortunes[Math.floor(Math.random() * fortunes.length)] }] }),
};

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  const answer = answers[method];
  const reply = answer ? { result: answer(params ?? {}) } : { error: { code: -32601, message: "No such method." } };
  console.log(JSON.stringify({ jsonrpc: "2.0", id, ...reply }));
});
