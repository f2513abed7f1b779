package runner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"moorage"
)

// Caps on the tools of one server.
const (
	maxTools     = 1000
	maxToolBytes = 8 << 20 // of all tool objects together
	maxPages     = 100
	maxToolName  = 128 // MCP 2025-11-25, server/tools: tool names
)

// tools lists every tool, page after page.
func (p *probe) tools(ctx context.Context) ([]moorage.Tool, error) {
	var tools []moorage.Tool
	seen := map[string]bool{}
	size, cursor := 0, ""
	for range maxPages {
		params := map[string]any{}
		if cursor != "" {
			params["cursor"] = cursor
		}
		answer, err := p.ask(ctx, "tools/list", params)
		if err != nil {
			return nil, err
		}
		var page struct {
			Tools      []json.RawMessage `json:"tools"`
			NextCursor string            `json:"nextCursor"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, &moorage.RPCError{Message: "something that is no list of tools"}
		}
		for _, object := range page.Tools {
			t, err := newTool(object)
			if err != nil {
				return nil, err
			}
			if seen[t.Name] {
				return nil, badTools("It lists the tool %s twice.", quote(t.Name))
			}
			seen[t.Name] = true
			tools = append(tools, t)
			size += len(t.Object)
		}
		if len(tools) > maxTools || size > maxToolBytes {
			return nil, badTools("It lists more than %d tools, or more than %d MB of them.", maxTools, maxToolBytes>>20)
		}
		if cursor = page.NextCursor; cursor == "" {
			return tools, nil
		}
	}
	return nil, badTools("Its list of tools has more than %d pages.", maxPages)
}

func newTool(object json.RawMessage) (moorage.Tool, error) {
	var named struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(object, &named); err != nil || named.Name == "" || len(named.Name) > maxToolName {
		return moorage.Tool{}, badTools("One of its tools has no name, or one of more than %d bytes.", maxToolName)
	}
	hash, err := hashJSON(object)
	if err != nil {
		return moorage.Tool{}, badTools("Its tool %s cannot be read.", quote(named.Name)).Because(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, object); err != nil {
		return moorage.Tool{}, badTools("Its tool %s cannot be read.", quote(named.Name)).Because(err)
	}
	return moorage.Tool{Name: named.Name, Object: compact.Bytes(), Hash: hash}, nil
}

// hashJSON is the SHA-256, in hex, of a JSON value whose objects are sorted by
// key: the same for each way to write the same value, numbers aside, which
// count as they are written.
func hashJSON(raw []byte) (string, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return "", fmt.Errorf("decode: %w", err)
	}
	var canonical bytes.Buffer
	enc := json.NewEncoder(&canonical) // sorts the keys of maps
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return "", fmt.Errorf("encode: %w", err)
	}
	sum := sha256.Sum256(bytes.TrimSuffix(canonical.Bytes(), []byte("\n")))
	return hex.EncodeToString(sum[:]), nil
}

func badTools(format string, args ...any) *moorage.Error {
	return moorage.Errorf(moorage.Invalid, "The server's tools cannot be used. "+format, args...).
		Try("Mend it in the server and deploy again.")
}
