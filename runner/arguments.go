package runner

import (
	"encoding/json"

	"moorage"
)

// checkArguments holds the arguments of a call against the schema of the tool.
func checkArguments(_ moorage.Tool, args json.RawMessage) error {
	var object map[string]any
	if err := json.Unmarshal(args, &object); err != nil || object == nil {
		return moorage.Errorf(moorage.Invalid, "The arguments of a call are a JSON object.").Because(moorage.Faults{{Message: "Give a JSON object."}})
	}
	return nil
}
