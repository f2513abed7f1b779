package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"moorage/jsonrpc"
)

// Headers of Streamable HTTP (MCP, basic/transports).
const (
	headerSession = "Mcp-Session-Id"
	headerVersion = "Mcp-Protocol-Version"
	headerMethod  = "Mcp-Method"
	headerName    = "Mcp-Name"
	headerLast    = "Last-Event-ID"
)

// maxBatch is how many messages one request may hold.
const maxBatch = 100

// said is what one POST holds: a message, or a batch of them.
type said struct {
	messages []jsonrpc.Message
	batch    bool
}

// read reads the messages of a POST; false when it has answered why it cannot.
func read(w http.ResponseWriter, r *http.Request) (said, bool) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Send Content-Type: application/json."))
		return said{}, false
	}
	if !accepts(r, "application/json") || !accepts(r, "text/event-stream") {
		refuse(w, http.StatusNotAcceptable, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "Send Accept: application/json, text/event-stream."))
		return said{}, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, jsonrpc.MaxMessage))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, jsonrpc.Refusal(nil, jsonrpc.CodeInvalidRequest, "A request may hold at most 16 MiB."))
		return said{}, false
	case err != nil:
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeParse, "The request broke off."))
		return said{}, false
	}
	s, err := parse(bytes.TrimSpace(body))
	if err != nil {
		refuse(w, http.StatusBadRequest, jsonrpc.Refusal(nil, jsonrpc.CodeParse, "Not a message: "+err.Error()+"."))
		return said{}, false
	}
	return s, true
}

func parse(body []byte) (said, error) {
	if len(body) == 0 || body[0] != '[' {
		m, err := jsonrpc.Parse(body)
		return said{messages: []jsonrpc.Message{m}}, err
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		return said{}, errors.New("a batch is not JSON")
	}
	if len(raws) == 0 || len(raws) > maxBatch {
		return said{}, errors.New("a batch holds 1 to 100 messages")
	}
	s := said{batch: true}
	for _, raw := range raws {
		m, err := jsonrpc.Parse(raw)
		if err != nil {
			return said{}, err
		}
		s.messages = append(s.messages, m)
	}
	return s, nil
}

// accepts reports whether a client takes a media type (RFC 9110, section 12.5.1).
func accepts(r *http.Request, want string) bool {
	group, _, _ := strings.Cut(want, "/")
	for _, header := range r.Header.Values("Accept") {
		for _, offer := range strings.Split(header, ",") {
			kind, params, err := mime.ParseMediaType(offer)
			if err == nil && params["q"] != "0" && (kind == want || kind == group+"/*" || kind == "*/*") {
				return true
			}
		}
	}
	return false
}

// refuse answers with a status and one message.
func refuse(w http.ResponseWriter, status int, m jsonrpc.Message) {
	answer(w, status, m.Bytes())
}

// answer writes one JSON document.
func answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone is nobody's trouble
}
