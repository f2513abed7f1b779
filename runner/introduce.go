package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"moorage"
	"moorage/jsonrpc"
)

// Protocol versions: the newest of the legacy era, which a server may answer
// with an older one, and of the modern era, which has no initialize.
const (
	legacyVersion = "2025-11-25"
	modernVersion = "2026-07-28"
)

// Caps on what a server may say of itself, in bytes.
const (
	maxWord         = 200
	maxInstructions = 16 << 10 // as they are kept with a deployment
)

// introduction is what initialize and server/discover answer.
type introduction struct {
	ProtocolVersion   string         `json:"protocolVersion"`
	SupportedVersions []string       `json:"supportedVersions"`
	ServerInfo        implementation `json:"serverInfo"`
	Instructions      string         `json:"instructions"`
	Capabilities      struct {
		Tools     json.RawMessage `json:"tools"`
		Prompts   json.RawMessage `json:"prompts"`
		Resources json.RawMessage `json:"resources"`
	} `json:"capabilities"`
	Meta struct {
		ServerInfo implementation `json:"io.modelcontextprotocol/serverInfo"`
	} `json:"_meta"`
}

type implementation struct {
	Name    string `json:"name"`
	Title   string `json:"title,omitempty"`
	Version string `json:"version"`
}

// introduce begins the conversation, in the era that the server speaks.
func (t *talk) introduce(ctx context.Context) (moorage.ServerInfo, error) {
	answer, err := t.ask(ctx, "initialize", map[string]any{
		"protocolVersion": legacyVersion,
		"capabilities":    struct{}{},
		"clientInfo":      t.me(),
	})
	var no *moorage.RPCError
	if errors.As(err, &no) {
		return t.discover(ctx, err)
	}
	if err != nil {
		return moorage.ServerInfo{}, err
	}
	var said introduction
	if err := json.Unmarshal(answer, &said); err != nil || said.ProtocolVersion == "" {
		return moorage.ServerInfo{}, &moorage.RPCError{Message: "something that is no answer to initialize"}
	}
	return said.info(), t.line.say(ctx, jsonrpc.Message{Method: "notifications/initialized"})
}

// discover tries the modern era. A server that does not speak it either has
// given its reason before.
func (t *talk) discover(ctx context.Context, reason error) (moorage.ServerInfo, error) {
	t.modern = true
	answer, err := t.ask(ctx, "server/discover", map[string]any{})
	var said introduction
	if err != nil || json.Unmarshal(answer, &said) != nil || !slices.Contains(said.SupportedVersions, modernVersion) {
		t.asking = "initialize"
		return moorage.ServerInfo{}, reason
	}
	said.ProtocolVersion = modernVersion
	if said.ServerInfo.Name == "" {
		said.ServerInfo = said.Meta.ServerInfo
	}
	return said.info(), nil
}

func (i introduction) info() moorage.ServerInfo {
	return moorage.ServerInfo{
		Name:            clip(i.ServerInfo.Name, maxWord),
		Title:           clip(i.ServerInfo.Title, maxWord),
		Version:         clip(i.ServerInfo.Version, maxWord),
		ProtocolVersion: clip(i.ProtocolVersion, maxWord),
		Instructions:    i.Instructions,
		Tools:           declared(i.Capabilities.Tools),
		Prompts:         declared(i.Capabilities.Prompts),
		Resources:       declared(i.Capabilities.Resources),
	}
}

// declared reports whether a capability is there: an object, if an empty one.
func declared(capability json.RawMessage) bool {
	return len(capability) > 0 && capability[0] == '{'
}

func (t *talk) me() implementation {
	return implementation{Name: "moorage", Title: "Moorage", Version: t.client}
}

// meta is what each message of the modern era carries.
func (t *talk) meta() map[string]any {
	return map[string]any{
		metaVersion:                                  modernVersion,
		"io.modelcontextprotocol/clientInfo":         t.me(),
		"io.modelcontextprotocol/clientCapabilities": struct{}{},
	}
}

// clip cuts s to at most n bytes, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// quote is what a server said as it may stand in a sentence.
func quote(s string) string {
	return fmt.Sprintf("%q", clip(strings.Join(strings.Fields(s), " "), maxWord))
}
