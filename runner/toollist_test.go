package runner

import "testing"

func TestAHashForgetsHowAnObjectWasWritten(t *testing.T) {
	one, err := hashJSON([]byte(`{"name":"a<b","inputSchema":{"type":"object","z":1,"a":[1,2]}}`))
	must(t, err)
	two, err := hashJSON([]byte("{ \"inputSchema\": {\"a\":[1, 2],\n\"z\":1,\"type\":\"object\"}, \"name\":\"\\u0061<b\"}"))
	must(t, err)
	other, err := hashJSON([]byte(`{"name":"a<b","inputSchema":{"type":"object","z":1,"a":[2,1]}}`))
	must(t, err)
	if one != two || one == other || len(one) != 64 {
		t.Errorf("hashes %s, %s, %s", one, two, other)
	}
}
