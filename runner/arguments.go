package runner

import (
	"encoding/json"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"moorage"
	"moorage/jsonrpc"
)

const (
	maxFaults  = 20      // that are told
	envelopeOf = 2       // levels of a message around the arguments in it
	maxEffort  = 300_000 // steps of one check; a hostile schema can ask for any number
	maxNesting = 500     // of schemas in schemas, at one check
)

// checkArguments holds the arguments of a call against the schema of the tool
// (MCP 2025-11-25, server/tools: inputSchema; JSON Schema 2020-12 and draft-07).
// The error is Invalid, its cause moorage.Faults with pointers into the
// arguments. What a schema says in words that we do not know, and what takes
// too long to find out, is left to the server.
func checkArguments(tool moorage.Offer, args json.RawMessage) error {
	var object map[string]any
	if err := json.Unmarshal(args, &object); err != nil || object == nil {
		return misfit(tool, moorage.Faults{{Message: "Give a JSON object."}})
	}
	if jsonrpc.TooDeep(args, envelopeOf) {
		return misfit(tool, moorage.Faults{{Message: "It is nested too deeply."}})
	}
	var declared struct {
		InputSchema json.RawMessage `json:"inputSchema"`
	}
	var schema jsonschema.Schema
	if json.Unmarshal(tool.Object, &declared) != nil || json.Unmarshal(declared.InputSchema, &schema) != nil {
		return nil
	}
	c := &check{document: declared.InputSchema, draft07: strings.Contains(schema.Schema, "draft-07"), effort: maxEffort}
	if faults := c.faults(object, &schema, "", 0); len(faults) > 0 {
		return misfit(tool, faults[:min(len(faults), maxFaults)])
	}
	return nil
}

func misfit(tool moorage.Offer, faults moorage.Faults) error {
	return moorage.Errorf(moorage.Invalid, "The arguments do not fit the tool %s, so it was not called.", tool.Name).
		Try("Mend what errors names, and call again.").Because(faults)
}
