package runner

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"moorage"
	"moorage/jsonrpc"
)

// FuzzEvents: a stream of events is read alike however it is cut into pieces,
// and what comes of it is whole messages and a cursor within its bounds.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		"id: 7\nretry: 10\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n", "data: {\"jsonrpc\":\"2.0\",\ndata: \"method\":\"x\"}\n\n", ":\n\ndata\n\n",
		"retry: 99999999999999999999\n\n", "id: a\x00b\ndata:x\n\n", "data: x\r\n\r\n", "event: message\ndata:{}\n\n\n\n", "retry:9999999999999", "data: {\"jsonrpc\":\"2.0\",\"method\":\"x\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		said, at := heard(t, stream, false)
		again, atAgain := heard(t, stream, true)
		if !bytes.Equal(said, again) || at != atAgain {
			t.Errorf("%q is %q at %+v, in pieces %q at %+v", stream, said, at, again, atAgain)
		}
		if at.retry < 0 || at.retry > maxRetry || bytes.ContainsAny([]byte(at.lastID), "\x00\n\r") {
			t.Errorf("%q leaves %+v", stream, at)
		}
	})
}

// heard reads a stream, byte by byte when it comes in pieces.
func heard(t *testing.T, stream []byte, pieces bool) ([]byte, cursor) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := &httpLink{poster: &poster{in: make(chan jsonrpc.Message, bytes.Count(stream, []byte("\n"))+1), life: ctx}}
	at := cursor{retry: time.Second}
	m := jsonrpc.Message{ID: json.RawMessage("1"), Method: "x"}
	if pieces {
		l.events(m, iotest.OneByteReader(bytes.NewReader(stream)), &at)
	} else {
		l.events(m, bytes.NewReader(stream), &at)
	}
	close(l.in)
	var said []byte
	for m := range l.in {
		if _, err := jsonrpc.ParseServer(m.Bytes()); err != nil {
			t.Errorf("%q is no message: %v", m.Bytes(), err)
		}
		said = append(said, m.Bytes()...)
	}
	return said, at
}

// FuzzReadLine: lines are what stands between line breaks, and none is lost or
// longer than a message may be.
func FuzzReadLine(f *testing.F) {
	f.Add([]byte("one\n\n two \r\nthree"), 3)
	f.Add(bytes.Repeat([]byte("x"), 100), 1)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		r := bufio.NewReaderSize(bytes.NewReader(text), 16+max(0, size)%64)
		var got [][]byte
		for {
			line, err := readLine(r)
			if len(line) > 0 {
				got = append(got, append([]byte(nil), line...))
			}
			if err != nil {
				break
			}
		}
		var want [][]byte
		for line := range bytes.Lines(text) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				want = append(want, line)
			}
		}
		if !bytes.Equal(bytes.Join(got, []byte("\n")), bytes.Join(want, []byte("\n"))) {
			t.Errorf("%q is read as %q", text, got)
		}
	})
}

// FuzzFrame: what a browser's WebSocket frame makes a relay say to a server is
// one line of JSON-RPC that the server cannot read as two, and its id comes
// back as it was written.
func FuzzFrame(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x","arguments":{"a":"\n"}}}`, `[{"jsonrpc":"2.0","id":1,"method":"x"}]`, "{\"jsonrpc\":\"2.0\",\"method\":\"x\"}\n{\"jsonrpc\":\"2.0\",\"method\":\"y\"}",
		`{"jsonrpc":"2.0","id":1,"method":"x","Method":"y"}`, `{"jsonrpc":"2.0","id":1e400,"method":"x"}`, `{"jsonrpc":"2.0","id":null,"method":"x"}`, "\xef\xbb\xbf{}", "null", `{"id":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		m, err := jsonrpc.ParseServer(frame)
		if err != nil {
			refused := jsonrpc.Refusal(nil, jsonrpc.CodeParse, "Not a message: "+err.Error()+".").Bytes()
			if !json.Valid(refused) || !utf8.Valid(refused) || bytes.ContainsAny(refused, "\n\r") {
				t.Errorf("%q is refused with %q", frame, refused)
			}
			return
		}
		line := m.Bytes()
		var exact struct {
			ID json.RawMessage `json:"id"`
		}
		if !json.Valid(line) || !utf8.Valid(line) || bytes.ContainsAny(line, "\n\r") || len(line) > len(frame)+64+5*len(m.Method) {
			t.Errorf("%q goes on as %q", frame, line)
		}
		if err := json.Unmarshal(line, &exact); err != nil || m.IsRequest() && !bytes.Equal(exact.ID, m.ID) {
			t.Errorf("the id of %q goes on as %q", frame, exact.ID)
		}
	})
}

// FuzzCheckArguments: whatever schema a server gives, the check ends, and what
// it finds is a bounded number of sentences, each at a pointer (RFC 6901).
func FuzzCheckArguments(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"type":"object","required":["a"],"properties":{"a":{"type":"string","pattern":"(a+)+$"}}}`, `{"a":"aaaaaaaaaaaaaaaaaaaaaaaa!"}`},
		{`{"$ref":"#"}`, `{}`}, {`{"$defs":{"x":{"anyOf":[{"$ref":"#/$defs/x"},{"$ref":"#/$defs/x"}]}},"$ref":"#/$defs/x"}`, `{"a":[[[]]]}`},
		{`{"additionalProperties":false,"properties":{"a/b~c":{"type":["integer","null"],"enum":[1,null]}}}`, `{"a/b~c":1.5,"d":1}`}, {`true`, `[]`}, {`{"type":7}`, `{"a":1e999}`},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"not":{}}`, `{"a":"\ud800"}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, schema, args []byte) {
		if !json.Valid(schema) {
			return // it came out of a decoder
		}
		object, err := json.Marshal(map[string]any{"name": "x", "inputSchema": json.RawMessage(schema)})
		if err != nil {
			return
		}
		err = checkArguments(moorage.Offer{Name: "x", Object: object}, args)
		if err == nil {
			return
		}
		var faults moorage.Faults
		if !errors.As(err, &faults) || len(faults) == 0 || len(faults) > maxFaults || moorage.ErrorCode(err) != moorage.Invalid {
			t.Fatalf("%q with %q: %v", schema, args, err)
		}
		for _, fault := range faults {
			if fault.Field != "" && fault.Field[0] != '/' || fault.Message == "" || !utf8.ValidString(fault.Message) {
				t.Errorf("%q with %q: %+v", schema, args, fault)
			}
		}
	})
}
