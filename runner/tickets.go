package runner

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"

	"moorage"
)

// ticketLife is how long a ticket may wait to be used: a page opens its socket
// at once.
const ticketLife = 30 * time.Second

// Tickets let a browser open a WebSocket, where it can send neither a bearer
// token nor a form token: a same-origin form post earns a ticket, the ticket
// opens one socket. They live in memory only; a restart ends every socket
// anyway.
type Tickets struct {
	now func() time.Time

	mu      sync.Mutex
	waiting map[string]Ticket
}

// Ticket is what a ticket stands for.
type Ticket struct {
	Server  moorage.ServerID
	User    moorage.UserID
	Expires time.Time

	// May says why its holder may not call the server: what the ticket stood for
	// may have been taken back since.
	May func(ctx context.Context) error

	Held holding // of what the server lists
}

// holding says what a server lists and somebody does not get, as things are when
// it is asked; a nil one holds nothing.
type holding func(ctx context.Context) (moorage.Holding, error)

// newTickets returns an empty box of tickets.
func newTickets(now func() time.Time) *Tickets {
	return &Tickets{now: now, waiting: map[string]Ticket{}}
}

// Issue makes a ticket of 256 random bits, good for one use within 30 seconds. may
// is asked when the session has begun, and from then on every 20 seconds; held,
// which may be nil, at each call and answer that it concerns.
func (t *Tickets) Issue(server moorage.ServerID, user moorage.UserID, may func(context.Context) error, held func(context.Context) (moorage.Holding, error)) (ticket string, expires time.Time) {
	var b [32]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	ticket = base64.RawURLEncoding.EncodeToString(b[:])

	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for old, w := range t.waiting {
		if !now.Before(w.Expires) {
			delete(t.waiting, old)
		}
	}
	expires = now.Add(ticketLife)
	t.waiting[ticket] = Ticket{Server: server, User: user, Expires: expires, May: may, Held: held}
	return ticket, expires
}

// Take uses a ticket up. The error is Forbidden when there is no such ticket:
// never issued, used already, or too old.
func (t *Tickets) Take(ticket string) (Ticket, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w, ok := t.waiting[ticket]
	delete(t.waiting, ticket)
	if !ok || !t.now().Before(w.Expires) {
		return Ticket{}, moorage.Errorf(moorage.Forbidden, "This ticket was used or is too old.").Try("Reload the page.")
	}
	return w, nil
}
