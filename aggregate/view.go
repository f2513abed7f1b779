package aggregate

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"moorage"
)

// view is what all requests have in common that see the same: those of one
// person, with tokens of one scope. Its server has no features of its own: the
// middleware answers.
type view struct {
	a      *Aggregate
	key    viewKey
	server *mcp.Server

	mu    sync.Mutex
	used  time.Time
	known *catalog // as of turn; nil: not read yet
	turn  uint64
	told  *catalog // what its sessions were told of last
}

// viewKey says which requests see the same.
type viewKey struct {
	user  moorage.UserID
	role  moorage.Role
	scope string
	small bool // find_tool and call_tool stand for all tools
}

// view returns what a caller sees.
func (a *Aggregate) view(c moorage.Caller, small bool) *view {
	key := viewKey{c.User.ID, c.User.Role, c.Scope.String(), small}
	a.mu.Lock()
	defer a.mu.Unlock()
	v := a.views[key]
	if v == nil {
		v = &view{a: a, key: key}
		v.server = mcp.NewServer(&mcp.Implementation{Name: "moorage", Title: "Moorage", Version: a.o.Version}, &mcp.ServerOptions{
			GetSessionID:      func() string { return a.sessionID(key) },
			CompletionHandler: noCompletion,
			Capabilities: &mcp.ServerCapabilities{
				Tools: &mcp.ToolCapabilities{ListChanged: true}, Prompts: &mcp.PromptCapabilities{ListChanged: true},
				Resources: &mcp.ResourceCapabilities{ListChanged: true}, Completions: &mcp.CompletionCapabilities{},
			},
		})
		v.server.AddReceivingMiddleware(v.middleware)
		a.views[key] = v
	}
	v.touch()
	return v
}

// noCompletion is never called: the middleware answers. That there is one says
// that completion is offered.
func noCompletion(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	return &mcp.CompleteResult{}, nil
}

func (v *view) touch() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used = v.a.o.Now()
}

// catalog is what the view shows now. It is read once between two rings of the
// bell, which rings before who made a change hears of it.
func (v *view) catalog(ctx context.Context, c moorage.Caller) (*catalog, error) {
	turn := v.a.now()
	v.mu.Lock()
	known, at := v.known, v.turn
	v.mu.Unlock()
	if known != nil && at == turn {
		return known, nil
	}
	k, err := v.a.read(ctx, c)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.turn <= turn {
		v.known, v.turn = k, turn
	}
	if v.told == nil {
		v.told = k
	}
	return k, nil
}

// now counts the rings of the bell until now.
func (a *Aggregate) now() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.bell:
		a.turn++
	default:
	}
	return a.turn
}

// sessionID makes an id that is good for one view only.
func (a *Aggregate) sessionID(key viewKey) string {
	id := rand.Text()
	return id + "-" + a.seal(id, key)
}

// ours reports whether a session id is one of a view.
func (a *Aggregate) ours(id string, key viewKey) bool {
	text, seal, _ := strings.Cut(id, "-")
	return hmac.Equal([]byte(seal), []byte(a.seal(text, key)))
}

func (a *Aggregate) seal(id string, key viewKey) string {
	mac := hmac.New(sha256.New, a.secret)
	for _, part := range []string{id, string(key.user), string(key.role), key.scope, strconv.FormatBool(key.small)} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// all are the views that there are now.
func (a *Aggregate) all() []*view {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.views))
}

// sessionsOf counts the sessions of a person.
func (a *Aggregate) sessionsOf(user moorage.UserID) int {
	n := 0
	for _, v := range a.all() {
		if v.key.user == user {
			n += v.sessions()
		}
	}
	return n
}

func (v *view) sessions() (n int) {
	for range v.server.Sessions() {
		n++
	}
	return n
}

// sweep forgets views that have no session and were not used for long.
func (a *Aggregate) sweep() {
	now := a.o.Now()
	for _, v := range a.all() {
		v.mu.Lock()
		idle := now.Sub(v.used) >= a.o.IdleTimeout
		v.mu.Unlock()
		if idle && v.sessions() == 0 {
			a.mu.Lock()
			delete(a.views, v.key)
			a.mu.Unlock()
		}
	}
}
