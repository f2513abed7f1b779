// What every client does here, and what it answers when a server asks.
//
// From the environment: MCP_URL and MCP_TOKEN, the endpoint and who calls;
// MCP_CALLS, a JSON list of {"tool", "arguments"}. On standard output: one JSON
// object that says what happened, which the Go test compares with what it wants.

export const url = new URL(process.env.MCP_URL);
export const bearer = { Authorization: `Bearer ${process.env.MCP_TOKEN}` };
export const identity = { name: "moorage-conformance", version: "1.0.0" };
export const capabilities = { sampling: {}, elicitation: {}, roots: {} };

// The answers to a server's questions, by what a server calls them.
export const answers = {
  sampling: () => ({ role: "assistant", model: "a-person", content: { type: "text", text: "sampled by the client" } }),
  elicitation: () => ({ action: "accept", content: { username: "elicited", name: "elicited", ok: true } }),
  roots: () => ({ roots: [{ uri: "file:///harbour", name: "harbour" }] }),
};

// story connects, lists the tools, makes the calls one after another, and tells.
// call is how this client calls a tool, as (params, options); more is what only
// it can tell at the end.
export async function story({ client, connect, call, more = () => ({}) }) {
  const told = { tools: [], calls: [] };
  try {
    await connect();
    told.server = client.getServerVersion()?.name;
    told.tools = (await client.listTools()).tools.map((tool) => tool.name);
    for (const { tool, arguments: args } of JSON.parse(process.env.MCP_CALLS)) {
      const progress = [];
      const onprogress = (step) => progress.push(step.progress);
      const result = await call({ name: tool, arguments: args }, { onprogress, timeout: 30_000 });
      told.calls.push({ tool, text: words(result), failed: result.isError === true, progress });
    }
    Object.assign(told, more());
    await client.close();
  } catch (error) {
    told.error = String(error?.stack ?? error);
  }
  process.stdout.write(JSON.stringify(told) + "\n", () => process.exit(told.error ? 1 : 0));
}

function words(result) {
  return (result.content ?? []).filter((part) => part.type === "text").map((part) => part.text).join("\n");
}
