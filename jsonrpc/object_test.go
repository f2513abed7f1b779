package jsonrpc

import (
	"encoding/json"
	"testing"
)

func TestAnObjectGoesBackAsItCame(t *testing.T) {
	const raw = `{"b":1.0,"a":{"x":[1, 2]},"é\n":"z"}`
	o, err := ParseObject(json.RawMessage(` { "b" : 1.0 , "a":{"x":[1, 2]}, "\u00e9\n":"z" } `))
	if err != nil || string(o.Raw()) != raw {
		t.Fatalf("%s, %v", o.Raw(), err)
	}
	if got := string(o.With("a", []byte("2")).With("c", []byte("3")).Raw()); got != `{"b":1.0,"a":2,"é\n":"z","c":3}` {
		t.Errorf("changed: %s", got)
	}
	if got := string(o.Without("a").Raw()); got != `{"b":1.0,"é\n":"z"}` {
		t.Errorf("shortened: %s", got)
	}
	if string(o.Raw()) != raw || o.Text("é\n") != "z" || o.Text("b") != "" || o.Get("none") != nil {
		t.Errorf("the object itself: %s", o.Raw())
	}
}

func TestAnObjectThatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	for _, raw := range []string{`[]`, `"x"`, `{`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"Name":"x"}`, `{"a":{"b":1,"b":2}}`, `{"a"}`, `{"a":}`} {
		if o, err := ParseObject([]byte(raw), "name"); err == nil {
			t.Errorf("%s is %s", raw, o.Raw())
		}
	}
	if o, err := ParseObject(nil); err != nil || string(o.Raw()) != "{}" {
		t.Errorf("nothing is %s, %v", o.Raw(), err)
	}
}
