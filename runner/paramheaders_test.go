package runner

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestParametersInHeadersAgreeWithTheCall(t *testing.T) {
	const schema = `{"properties":{"region":{"type":"string","x-mcp-header":"Region"},"deep":{"properties":{"n":{"type":"number","x-mcp-header":"N"}}},"on":{"type":"boolean","x-mcp-header":"On"}}}`
	const args = `{"region":"eu","deep":{"n":1.5},"on":true}`
	good := http.Header{"Mcp-Param-Region": {"eu"}, "Mcp-Param-N": {"1.50"}, "Mcp-Param-On": {"true"}}
	for name, row := range map[string]struct {
		header string
		value  []string
		args   string
		fits   bool
	}{
		"as the body says":           {"Region", []string{"eu"}, args, true},
		"as base64":                  {"Region", []string{"=?base64?ZXU=?="}, args, true},
		"another text":               {"Region", []string{"us"}, args, false},
		"not there":                  {"Region", nil, args, false},
		"neither here nor there":     {"Region", nil, `{"deep":{"n":1.5},"on":true}`, true},
		"only there":                 {"Region", []string{"eu"}, `{"deep":{"n":1.5},"on":true}`, false},
		"no number":                  {"N", []string{"x"}, args, false},
		"another number":             {"N", []string{"1.51"}, args, false},
		"a word that is not true":    {"On", []string{"True"}, args, false},
		"a value that is not simple": {"Region", []string{"eu"}, `{"region":["eu"],"deep":{"n":1.5},"on":true}`, false},
	} {
		h := good.Clone()
		h["Mcp-Param-"+row.header] = row.value
		if why := ParamHeadersOf(json.RawMessage(schema)).Disagree(h, json.RawMessage(row.args)); (why == "") != row.fits {
			t.Errorf("%s: %q", name, why)
		}
	}
}
