package aggregate

import (
	"encoding/json"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestAResultSaysWhatTheEraOfItsClientWants(t *testing.T) {
	meta := mcp.ResultBase{Meta: mcp.Meta{"s": 1}}
	for name, row := range map[string]struct {
		of   raw
		want string
	}{
		"a list":                        {raw{object: json.RawMessage(`{"tools":[]}`), ours: true, cacheable: true}, `{"tools":[]}`},
		"a list without sessions":       {raw{ResultBase: meta, object: json.RawMessage(`{"tools":[]}`), ours: true, cacheable: true, modern: true}, `{"tools":[],"resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{"s":1}}`},
		"a result":                      {raw{object: json.RawMessage(`{"content":[],"_meta":{"own":true}}`)}, `{"content":[],"_meta":{"own":true}}`},
		"a result without sessions":     {raw{ResultBase: meta, object: json.RawMessage(`{"content":[],"_meta":{"own":true}}`), modern: true}, `{"content":[],"_meta":{"own":true,"s":1},"resultType":"complete"}`},
		"of a server of the other era":  {raw{object: json.RawMessage(`{"resultType":"complete","content":[]}`)}, `{"content":[]}`},
		"a resource that holds a while": {raw{object: json.RawMessage(`{"contents":[],"ttlMs":5,"cacheScope":"public"}`), modern: true, cacheable: true}, `{"contents":[],"ttlMs":5,"cacheScope":"private","resultType":"complete"}`},
	} {
		if got, err := json.Marshal(&row.of); err != nil || string(got) != row.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, row.want)
		}
	}
}
