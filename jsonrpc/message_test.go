package jsonrpc

import (
	"strings"
	"testing"
)

func TestAMessageGoesOnAsItWasMeant(t *testing.T) {
	for in, want := range map[string]string{
		` { "jsonrpc" : "2.0", "method":"x/custom","id": 1.0, "params": { "B": 1, "a": [ ] } } `: `{"jsonrpc":"2.0","id":1.0,"method":"x/custom","params":{ "B": 1, "a": [ ] }}`,
		`{"result":null,"id":"a","jsonrpc":"2.0"}`:                                               `{"jsonrpc":"2.0","id":"a","result":null}`,
		`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}`:                     `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized","extra":true}`:                    `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		"{\"jsonrpc\":\"2.0\",\n\"id\":-1,\"method\":\"ping\"}":                                  `{"jsonrpc":"2.0","id":-1,"method":"ping"}`,
	} {
		m, err := Parse([]byte(in))
		if err != nil || string(m.Bytes()) != want {
			t.Errorf("parse(%s) = %s, %v; want %s", in, m.Bytes(), err, want)
		}
	}
}

func TestWhatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	for _, in := range []string{
		``, `null`, `1`, `"x"`, `[]`, `{}`, `{`, `}`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`,
		`{"jsonrpc":"1.0","id":1,"method":"ping"}`,
		`{"jsonrpc":2.0,"id":1,"method":"ping"}`,
		`{"id":1,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"Method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","METHOD":"tools/call"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}`,
		`{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","\u006dethod":"tools/call"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping"} {"jsonrpc":"2.0","id":2,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping"},`,
		`{"jsonrpc":"2.0","id":null,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":{},"method":"ping"}`,
		`{"jsonrpc":"2.0","id":true,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":1,"method":""}`,
		`{"jsonrpc":"2.0","id":1,"method":7}`,
		`{"jsonrpc":"2.0","id":1,"method":null}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","params":"x"}`,
		`{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}`,
		`{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":"x"}}`,
		`{"jsonrpc":"2.0","id":1}`,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"p\xffng\"}",
		`{"jsonrpc":"2.0","id":1,"method":"x","params":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`,
		`{"jsonrpc":"2.0","id":1,"method":"x","params":["` + strings.Repeat("a", MaxMessage) + `"]}`,
	} {
		if m, err := Parse([]byte(in)); err == nil {
			t.Errorf("parse(%.80s) = %.80s", in, m.Bytes())
		}
	}
}

func FuzzWhatGoesOnIsReadAlike(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":"\u00e9","method":"x","params":{"a":[1,"\\\"{"]}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := Parse(in)
		if err != nil {
			return
		}
		again, err := Parse(m.Bytes())
		if err != nil || string(again.Bytes()) != string(m.Bytes()) || Key(again.ID) != Key(m.ID) || again.Method != m.Method {
			t.Errorf("%q goes on as %q, which is read as %q, %v", in, m.Bytes(), again.Bytes(), err)
		}
	})
}

func TestIdsAreComparedByValue(t *testing.T) {
	for _, same := range [][2]string{{`"\u00e9"`, `"é"`}, {"1", "1.0"}, {"1e2", "100"}, {"-0", "0"}} {
		if Key([]byte(same[0])) != Key([]byte(same[1])) {
			t.Errorf("%s and %s are two ids", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{`"1"`, "1"}, {"1", "2"}, {`"a"`, `"A"`}, {"9007199254740993", "9007199254740992"}} {
		if Key([]byte(other[0])) == Key([]byte(other[1])) {
			t.Errorf("%s and %s are one id", other[0], other[1])
		}
	}
}
