package runner

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"testing"

	"moorage/jsonrpc"
)

// shared is a hub whose server is the test: what it is told comes line by line.
type shared struct {
	*hub
	t     *testing.T
	wire  net.Conn
	lines *bufio.Scanner
}

func newShared(t *testing.T, modern bool) *shared { return newMixed(t, modern, false) }

func newMixed(t *testing.T, modern, mixed bool) *shared {
	ours, theirs := net.Pipe()
	s := &shared{hub: newHub(t.Context(), newStdioLink(ours), modern, mixed), t: t, wire: theirs, lines: bufio.NewScanner(theirs)}
	t.Cleanup(func() {
		theirs.Close()
		<-s.done
		s.hub.link.wait()
	})
	return s
}

// told is the next message that the server gets.
func (s *shared) told() jsonrpc.Message {
	s.t.Helper()
	if !s.lines.Scan() {
		s.t.Fatal("the server is told nothing more")
	}
	m, err := jsonrpc.Parse(s.lines.Bytes())
	must(s.t, err)
	return m
}

// says is what the server says.
func (s *shared) says(format string, args ...any) {
	s.t.Helper()
	_, err := fmt.Fprintf(s.wire, format+"\n", args...)
	must(s.t, err)
}

func (s *shared) send(m *member, body string) {
	s.t.Helper()
	parsed, err := jsonrpc.Parse([]byte(`{"jsonrpc":"2.0",` + body + `}`))
	must(s.t, err)
	must(s.t, m.send(s.t.Context(), parsed))
}

// wants compares what a member hears next.
func (m *member) wants(t *testing.T, want string) {
	t.Helper()
	if got := <-m.in; string(got.Bytes()) != `{"jsonrpc":"2.0",`+want+`}` {
		t.Errorf("heard %s instead of %s", got.Bytes(), want)
	}
}

func TestMembersOfAHubWithTheSameIdsGetTheirOwnAnswers(t *testing.T) {
	s := newShared(t, false)
	one, two := s.open(), s.open()
	call := `"id":%s,"method":"tools/call","params":{"name":"x","_meta":{"progressToken":%s}}`
	s.send(one, fmt.Sprintf(call, `"a"`, `"p"`))
	first := s.told()
	s.send(two, fmt.Sprintf(call, `"a"`, `7`))
	second := s.told()
	if string(first.ID) == string(second.ID) {
		t.Fatalf("both are %s", first.ID)
	}
	s.says(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}`, second.ID)
	two.wants(t, `"method":"notifications/progress","params":{"progressToken":7,"progress":1}`)
	s.says(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":2}}`, first.ID)
	one.wants(t, `"method":"notifications/progress","params":{"progressToken":"p","progress":2}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{"of":2}}`, second.ID)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{"again":2}}`, second.ID)
	s.says(`{"jsonrpc":"2.0","id":99,"result":{"nobody":1}}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"of 1"}}`, first.ID)
	two.wants(t, `"id":"a","result":{"of":2}`)
	one.wants(t, `"id":"a","error":{"code":1,"message":"of 1"}`)
	if len(s.calls) != 0 {
		t.Errorf("in flight: %v", s.calls)
	}
}

func TestAServerOfAHubIsGreetedOnce(t *testing.T) {
	s := newShared(t, false)
	one, two, three := s.open(), s.open(), s.open()
	s.send(one, `"id":1,"method":"initialize","params":{}`)
	greeting := s.told()
	s.send(two, `"id":"two","method":"initialize","params":{}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{"v":1}}`, greeting.ID)
	one.wants(t, `"id":1,"result":{"v":1}`)
	two.wants(t, `"id":"two","result":{"v":1}`)
	s.send(three, `"id":3,"method":"initialize","params":{}`)
	three.wants(t, `"id":3,"result":{"v":1}`)
	for _, m := range []*member{one, two, three} {
		s.send(m, `"method":"notifications/initialized"`)
	}
	s.send(two, `"id":2,"method":"ping"`)
	if m := s.told(); m.Method != methodInitialized {
		t.Errorf("told %s", m.Bytes())
	}
	if m := s.told(); m.Method != "ping" {
		t.Errorf("told %s after the one initialized", m.Bytes())
	}
}

func TestAGreetingThatWasRefusedIsTriedAgain(t *testing.T) {
	s := newShared(t, false)
	one := s.open()
	for range 2 {
		s.send(one, `"id":1,"method":"initialize","params":{}`)
		s.says(`{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"no"}}`, s.told().ID)
		one.wants(t, `"id":1,"error":{"code":1,"message":"no"}`)
	}
}

func TestWhoLeavesAHubHasCancelled(t *testing.T) {
	s := newShared(t, false)
	one, two := s.open(), s.open()
	s.send(one, `"id":1,"method":"resources/subscribe","params":{"uri":"a://"}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, s.told().ID)
	one.wants(t, `"id":1,"result":{}`)
	s.send(one, `"id":2,"method":"tools/call","params":{"name":"x"}`)
	asked := s.told()
	left := make(chan struct{})
	go func() { one.close(); close(left) }()
	if m := s.told(); m.Method != methodCancelled || string(m.Params) != fmt.Sprintf(`{"reason":"The client has gone.","requestId":%s}`, asked.ID) {
		t.Errorf("told %s", m.Bytes())
	}
	if m := s.told(); m.Method != methodUnsubscribe || string(m.Params) != `{"uri":"a://"}` {
		t.Errorf("told %s", m.Bytes())
	}
	<-left
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{"late":true}}`, asked.ID)
	s.send(two, `"id":2,"method":"ping"`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, s.told().ID)
	two.wants(t, `"id":2,"result":{}`)
	if err := one.send(t.Context(), jsonrpc.Message{ID: json.RawMessage("3"), Method: "ping"}); err == nil {
		t.Error("who has left may send")
	}
}

func TestAMemberCancelsItsOwnCallsOnly(t *testing.T) {
	s := newShared(t, false)
	one, two := s.open(), s.open()
	s.send(one, `"id":1,"method":"x"`)
	mine := s.told()
	s.send(two, `"method":"notifications/cancelled","params":{"requestId":1}`)
	s.send(one, `"method":"notifications/cancelled","params":{"requestId":1,"reason":"r"}`)
	if m := s.told(); string(m.Params) != fmt.Sprintf(`{"requestId":%s,"reason":"r"}`, mine.ID) {
		t.Errorf("told %s", m.Bytes())
	}
}

func TestChangesOfAResourceReachThoseWhoWatchIt(t *testing.T) {
	s := newShared(t, false)
	one, two := s.open(), s.open()
	for _, m := range []*member{one, two} {
		s.send(m, `"id":1,"method":"resources/subscribe","params":{"uri":"a://"}`)
		s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, s.told().ID)
		m.wants(t, `"id":1,"result":{}`)
	}
	s.send(one, `"id":2,"method":"resources/unsubscribe","params":{"uri":"a://"}`)
	one.wants(t, `"id":2,"result":{}`) // the other one still watches: the server is told nothing
	const updated = `"method":"notifications/resources/updated","params":{"uri":"a://"}`
	s.says(`{"jsonrpc":"2.0",%s}`, updated)
	two.wants(t, updated)
	s.says(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	for _, m := range []*member{one, two} {
		m.wants(t, `"method":"notifications/tools/list_changed"`)
	}
	s.send(two, `"id":2,"method":"resources/unsubscribe","params":{"uri":"a://"}`)
	if m := s.told(); m.Method != methodUnsubscribe {
		t.Errorf("told %s", m.Bytes())
	}
}

func TestWhatAServerOfAHubAsksIsRefused(t *testing.T) {
	s := newShared(t, false)
	s.open()
	s.says(`{"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{}}`)
	if m := s.told(); string(m.ID) != `"q"` || m.Code() != jsonrpc.CodeNoMethod {
		t.Errorf("told %s", m.Bytes())
	}
	s.says(`{"jsonrpc":"2.0","id":"p","method":"ping"}`)
	if m := s.told(); string(m.ID) != `"p"` || string(m.Result) != "{}" {
		t.Errorf("told %s", m.Bytes())
	}
}

func TestInTheModernEraOnlyWhoHasAskedHears(t *testing.T) {
	s := newShared(t, true)
	one, two := s.open(), s.open()
	s.send(one, `"id":"sub","method":"subscriptions/listen","params":{"_meta":{}}`)
	sub := s.told()
	s.says(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, sub.ID)
	one.wants(t, `"method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"sub"}}`)
	s.says(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`) // for nobody

	const logs = `"params":{"_meta":{"io.modelcontextprotocol/logLevel":"info"}}`
	s.send(two, `"id":1,"method":"x",`+logs)
	call := s.told()
	s.says(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":1}}`)
	two.wants(t, `"method":"notifications/message","params":{"data":1}`)
	s.send(one, `"id":1,"method":"x",`+logs)
	other := s.told()
	s.says(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":2}}`) // whose is it?
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, call.ID)
	two.wants(t, `"id":1,"result":{}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, other.ID)
	one.wants(t, `"id":1,"result":{}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{"_meta":{"io.modelcontextprotocol/subscriptionId":%s}}}`, sub.ID, sub.ID)
	one.wants(t, `"id":"sub","result":{"_meta":{"io.modelcontextprotocol/subscriptionId":"sub"}}`)
}

func TestAHubWhoseServerEndsEndsForAll(t *testing.T) {
	s := newShared(t, false)
	one := s.open()
	s.wire.Close()
	if m, ok := <-one.in; ok {
		t.Errorf("heard %s", m.Bytes())
	}
	if s.open() != nil {
		t.Error("who comes later may stay")
	}
}

func TestWhatMayBeOnePersonsReachesNoOther(t *testing.T) {
	s := newMixed(t, false, true)
	one, two := s.open(), s.open()
	s.says(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"whose?"}}`)
	s.says(`{"jsonrpc":"2.0","method":"x/unknown","params":{"data":"whose?"}}`)
	s.says(`{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`)
	for _, m := range []*member{one, two} {
		m.wants(t, `"method":"notifications/tools/list_changed"`)
	}
	s.send(one, `"id":1,"method":"x"`)
	call := s.told()
	s.says(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"mine"}}`)
	one.wants(t, `"method":"notifications/message","params":{"data":"mine"}`)
	s.send(two, `"id":1,"method":"x"`)
	other := s.told()
	s.says(`{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"whose?"}}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, other.ID)
	two.wants(t, `"id":1,"result":{}`)
	s.says(`{"jsonrpc":"2.0","id":%s,"result":{}}`, call.ID)
	one.wants(t, `"id":1,"result":{}`)
}
