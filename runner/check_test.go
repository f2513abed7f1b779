package runner

import (
	"slices"
	"strings"
	"testing"
	"time"

	"moorage"
	"moorage/runner/runnertest"
)

var moodyProgram = runnertest.Program("./testdata/moody")

// manners are the ways in which a server can be talked to.
var manners = []struct {
	name      string
	transport moorage.Transport
	command   []string
	guest     Guest
	asked     string // what it is asked, to see how it is
}{
	{"alone", moorage.TransportStdio, nil, Guest{User: ada}, "ping"},
	{"in a circle", moorage.TransportStdio, nil, Guest{User: ada, Alike: "all"}, "ping"},
	{"in a circle of the modern era", moorage.TransportStdio, nil, Guest{User: ada, Modern: true}, "server/discover"},
	{"over HTTP", moorage.TransportHTTP, []string{"-http"}, Guest{User: ada}, "ping"},
	{"over the old HTTP+SSE", moorage.TransportSSE, []string{"-sse"}, Guest{User: ada}, "ping"},
	{"over the old HTTP+SSE with a health page", moorage.TransportSSE, []string{"-sse", "-health"}, Guest{User: ada}, "/health"},
	{"over HTTP with a health page", moorage.TransportHTTP, []string{"-http", "-health"}, Guest{User: ada}, "/health"},
}

// eachManner runs a test with a session of each manner, whose instance can be asked.
func eachManner(t *testing.T, test func(t *testing.T, h *harbour, s *Session, asked string)) {
	image := runnertest.Image(t, moodyProgram)
	for _, m := range manners {
		t.Run(m.name, func(t *testing.T) {
			h := newHarbour(t, func(o *Options) { o.CheckTimeout = 2 * time.Second })
			spec := h.deploy(image, m.transport, m.command...)
			s, err := h.Connect(t.Context(), spec.Server, m.guest)
			must(t, err)
			t.Cleanup(s.Close)
			if !m.guest.Modern {
				hello(t, s)
			}
			<-h.News()
			test(t, h, s, m.asked)
		})
	}
}

// listeningTo reads what a client would in the background, as all clients do: the
// names of notifications go to heard.
func listeningTo(t *testing.T, s *Session) (heard chan string) {
	heard = make(chan string, 100)
	go func() {
		for {
			m, err := s.Hear(t.Context())
			if err != nil {
				return
			}
			if m.IsResponse() {
				heard <- string(m.ID)
			} else {
				heard <- m.Method
			}
		}
	}()
	return heard
}

func (h *harbour) onlyOne(t *testing.T) moorage.Running {
	t.Helper()
	running := h.Running()
	if len(running) != 1 {
		t.Fatalf("%d instances can be asked", len(running))
	}
	return running[0]
}

// callTool lets a session call a tool without arguments, in its era.
func callTool(t *testing.T, s *Session, id, tool string) {
	t.Helper()
	meta := ""
	if s.inst.hosts() && s.inst.hub.modern {
		meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
	}
	say(t, s, `{"jsonrpc":"2.0","id":`+id+`,"method":"tools/call","params":{"name":"`+tool+`","arguments":{}`+meta+`}}`)
}

func TestAnInstanceIsAskedHowItIsBesideItsClients(t *testing.T) {
	eachManner(t, func(t *testing.T, h *harbour, s *Session, asked string) {
		heard := listeningTo(t, s)
		i := h.onlyOne(t)
		for range 3 {
			took, err := h.Check(t.Context(), i.Instance)
			if err != nil || took <= 0 {
				t.Fatalf("took %s: %v", took, err)
			}
		}
		callTool(t, s, `"mine"`, "freeze")
		var err error
		for err == nil { // it may answer once more before it freezes
			_, err = h.Check(t.Context(), i.Instance)
		}
		if moorage.ErrorCode(err) != moorage.Unavailable || moorage.ErrorMessage(err) != "The server did not answer "+asked+" within 2 seconds." || moorage.ErrorNext(err) == "" {
			t.Errorf("frozen: %v", err)
		}
		s.Close()
		must(t, h.Stop(t.Context(), s.Info().Server))
		if _, err := h.Check(t.Context(), i.Instance); moorage.ErrorCode(err) != moorage.Conflict || len(h.Running()) > 0 {
			t.Errorf("gone: %v, and %v can be asked", err, h.Running())
		}
		for len(heard) > 0 {
			if id := <-heard; id != `"mine"` && !strings.HasPrefix(id, "notifications/") {
				t.Errorf("the client heard %s", id)
			}
		}
	})
}

func TestWhatIsListedOtherwiseWhileItRunsIsRead(t *testing.T) {
	eachManner(t, func(t *testing.T, h *harbour, s *Session, _ string) {
		listeningTo(t, s)
		i := h.onlyOne(t)
		if !i.Unread {
			t.Error("nothing is to be read of what has just started")
		}
		lists, err := h.Lists(t.Context(), i.Instance)
		must(t, err)
		if got := namesOf(lists[moorage.OfferTool]); !slices.Equal(got, []string{"change", "freeze", "sicken"}) {
			t.Errorf("it lists %v", got)
		}
		if said := lists[moorage.OfferInstructions]; len(said) != 1 || !strings.Contains(string(said[0].Object), "Do not provoke it.") {
			t.Errorf("it says of itself %v", said)
		}
		if again, err := h.Lists(t.Context(), i.Instance); err != nil || len(again) > 0 || h.onlyOne(t).Unread {
			t.Errorf("read again %v, %v", again, err)
		}
		for { // whatever else there was news of
			select {
			case <-h.News():
				continue
			default:
			}
			break
		}
		callTool(t, s, "7", "change")
		<-h.News()
		lists, err = h.Lists(t.Context(), i.Instance)
		must(t, err)
		if got := namesOf(lists[moorage.OfferTool]); len(lists) != 1 || !slices.Equal(got, []string{"change", "freeze", "more", "sicken"}) {
			t.Errorf("it lists %v now", lists)
		}
	})
}

func namesOf(offers []moorage.Offer) (names []string) {
	for _, o := range offers {
		names = append(names, o.Name)
	}
	return names
}

func TestAHealthPageSaysThatAServerIsNotWell(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, moodyProgram), moorage.TransportHTTP, "-http", "-health")
	s := h.connect(t, spec.Server, ada)
	i := h.onlyOne(t)
	_, err := h.Check(t.Context(), i.Instance)
	must(t, err)
	if a := ask(t, s, "1", "tools/call", `{"name":"sicken","arguments":{}}`); a.Error != nil {
		t.Fatal(a.Error)
	}
	_, err = h.Check(t.Context(), i.Instance)
	if moorage.ErrorMessage(err) != "The server says at /health that it is not well: HTTP status 503." {
		t.Errorf("%v", err)
	}
}

func TestAnErrorIsAnAnswer(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, oddProgram), moorage.TransportStdio, "grumpy")
	s := h.connect(t, spec.Server, ada)
	listeningTo(t, s)
	if _, err := h.Check(t.Context(), h.onlyOne(t).Instance); err != nil {
		t.Error(err)
	}
	lists, err := h.Lists(t.Context(), h.onlyOne(t).Instance)
	if err != nil || len(lists) != 1 || h.onlyOne(t).Unread { // what it says of itself: nothing
		t.Errorf("lists %v, %v", lists, err)
	}
}

func TestWhatNobodyHasTalkedToIsNotAsked(t *testing.T) {
	h := newHarbour(t, nil)
	one := 1
	spec := runnertest.Spec(runnertest.Image(t, moodyProgram), moorage.TransportStdio)
	spec.Instance, spec.Run.Spares = "", &one
	h.live.Set(spec)
	s, err := h.Connect(t.Context(), spec.Server, Guest{User: ada})
	must(t, err)
	t.Cleanup(s.Close)
	if running := h.Running(); len(running) > 0 {
		t.Errorf("%v can be asked before the client has said hello", running)
	}
	hello(t, s)
	if i := h.onlyOne(t); i.Instance != s.Info().Instance {
		t.Errorf("%v can be asked", i)
	}
}

func TestAServerThatForgetsAConversationIsWell(t *testing.T) {
	h := newHarbour(t, nil)
	spec := h.deploy(runnertest.Image(t, moodyProgram), moorage.TransportHTTP, "-http")
	h.connect(t, spec.Server, ada)
	i := h.onlyOne(t)
	_, err := h.Check(t.Context(), i.Instance)
	must(t, err)
	h.mu.Lock()
	inst := h.instances[i.Instance]
	h.mu.Unlock()
	inst.aside.line.(*httpLink).lose("The server has forgotten the session.")
	if _, err := h.Check(t.Context(), i.Instance); err != nil {
		t.Error(err)
	}
}
