package runner

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"moorage"
	"moorage/jsonrpc"
	"moorage/pins"
)

// probeTo is a probe of a stdio server that answers each call as said: with
// the members of an answer beside its id.
func probeTo(t *testing.T, answer func(call jsonrpc.Message) string) *probe {
	t.Helper()
	ours, theirs := net.Pipe()
	go func() {
		defer theirs.Close()
		in := bufio.NewScanner(theirs)
		in.Buffer(nil, jsonrpc.MaxMessage)
		for in.Scan() {
			if m, err := jsonrpc.ParseServer(in.Bytes()); err == nil && m.IsRequest() {
				fmt.Fprintf(theirs, `{"jsonrpc":"2.0","id":%s,%s}`+"\n", m.ID, answer(m))
			}
		}
	}()
	p := &probe{run: moorage.RunConfig{Transport: moorage.TransportStdio}, ended: make(chan struct{})}
	p.converse(newStdioLink(ours))
	t.Cleanup(func() { p.link.close(); p.link.wait() })
	return p
}

func TestAServerOfTheModernEraIsUnderstood(t *testing.T) {
	p := probeTo(t, func(call jsonrpc.Message) string {
		switch {
		case !strings.Contains(string(call.Params), `"io.modelcontextprotocol/protocolVersion":"2026-07-28"`):
			return `"error":{"code":-32022,"message":"Unsupported protocol version"}`
		case call.Method == "server/discover":
			return `"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"new","version":"2"}}}`
		default:
			return `"result":{"tools":[{"name":"only"}]}`
		}
	})
	info, err := p.introduce(t.Context())
	must(t, err)
	if info.Name != "new" || info.ProtocolVersion != modernVersion || !info.Tools || info.Prompts {
		t.Errorf("info %+v", info)
	}
	tools, err := toolList.read(t.Context(), p.ask)
	if err != nil || len(tools) != 1 || tools[0].Name != "only" {
		t.Errorf("tools %v, %v", tools, err)
	}
}

func TestAllPagesOfToolsAreRead(t *testing.T) {
	p := probeTo(t, func(call jsonrpc.Message) string {
		if strings.Contains(string(call.Params), `"cursor":"2"`) {
			return `"result":{"tools":[{"name":"c"}]}`
		}
		return `"result":{"tools":[{"name":"a", "x":1},{"name":"b"}],"nextCursor":"2"}`
	})
	tools, err := toolList.read(t.Context(), p.ask)
	must(t, err)
	if len(tools) != 3 || string(tools[0].Object) != `{"name":"a","x":1}` || tools[2].Name != "c" {
		t.Errorf("tools %v", tools)
	}
}

func TestToolsBeyondTheCapsAreRefused(t *testing.T) {
	many := make([]string, pins.MaxOffers+1)
	for i := range many {
		many[i] = fmt.Sprintf(`{"name":"t%d"}`, i)
	}
	for what, result := range map[string]string{
		"many":    `{"tools":[` + strings.Join(many, ",") + `]}`,
		"large":   `{"tools":[{"name":"a","description":"` + strings.Repeat("x", pins.MaxObject) + `"}]}`,
		"endless": `{"tools":[],"nextCursor":"again"}`,
		"twice":   `{"tools":[{"name":"a"},{"name":"a"}]}`,
		"unnamed": `{"tools":[{"title":"a"}]}`,
		"no list": `{"tools":"none"}`,
	} {
		p := probeTo(t, func(jsonrpc.Message) string { return `"result":` + result })
		_, err := toolList.read(t.Context(), p.ask)
		if err = p.explain(err); moorage.ErrorCode(err) != moorage.Invalid || moorage.ErrorNext(err) == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestWhatAServerSaysOfItselfIsCapped(t *testing.T) {
	p := probeTo(t, func(jsonrpc.Message) string {
		return `"result":{"protocolVersion":"2024-11-05","capabilities":{},"serverInfo":{"name":"` + strings.Repeat("ä", 500) + `","version":"1"}}`
	})
	info, err := p.introduce(t.Context())
	if err != nil || len(info.Name) > maxWord || info.Tools || info.ProtocolVersion != "2024-11-05" {
		t.Errorf("info %+v, %v", info, err)
	}
}
