// A client of the first line of the TypeScript SDK that answers what it is asked.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { answers, capabilities, identity } from "./story.mjs";

export function newClient() {
  const client = new Client(identity, { capabilities });
  client.setRequestHandler(CreateMessageRequestSchema, answers.sampling);
  client.setRequestHandler(ElicitRequestSchema, answers.elicitation);
  client.setRequestHandler(ListRootsRequestSchema, answers.roots);
  return client;
}
