// The same call for other places: JSON, the shell, the command line of Moorage.
const quoted = (value) => `'${value.replaceAll("'", `'\\''`)}'`;

export const requestOf = (method, params) => ({ jsonrpc: "2.0", id: 1, method, params });

// curl speaks to the endpoint; it takes the token from the environment.
export function curl(endpoint, method, params) {
	return [
		`curl ${quoted(endpoint)}`,
		`-H "Authorization: Bearer $MOORAGE_TOKEN"`,
		`-H 'Content-Type: application/json'`,
		`-H 'Accept: application/json, text/event-stream'`,
		`-d ${quoted(JSON.stringify(requestOf(method, params)))}`,
	].join(" \\\n  ");
}

export const ways = (endpoint) => [
	["JSON", (method, params) => JSON.stringify(requestOf(method, params), null, 2)],
	["curl", (method, params) => curl(endpoint, method, params)],
];
