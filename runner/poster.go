package runner

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"moorage/jsonrpc"
)

const (
	maxPosts      = 64               // calls of one conversation in flight
	noticeTimeout = 30 * time.Second // for a server to accept a message that has no answer
)

// poster is what the links over HTTP have in common: each message is a POST, in
// their order.
type poster struct {
	client *http.Client
	url    string // what the conversation begins at; because of its query it must not reach a log or an error
	out    chan jsonrpc.Message
	in     chan jsonrpc.Message
	posts  chan struct{} // a place for each call in flight
	junk   atomic.Int64

	life   context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	closed chan struct{}

	mu   sync.Mutex
	lost string // why the server ended the conversation
}

// newPoster is a poster without work; begin gives it some.
func newPoster(ctx context.Context, url string) *poster {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	return &poster{
		client: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: maxPosts, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url:    url,
		out:    make(chan jsonrpc.Message, outbox),
		in:     make(chan jsonrpc.Message, inbox),
		posts:  make(chan struct{}, maxPosts),
		life:   life,
		cancel: cancel,
		closed: make(chan struct{}),
	}
}

// begin does the work of the conversation, and clears away when nothing of it
// runs any more.
func (p *poster) begin(work func()) {
	p.work.Go(work)
	go func() { // wait waits for it
		defer close(p.closed)
		<-p.life.Done()
		p.work.Wait()
		p.client.CloseIdleConnections()
		close(p.in)
	}()
}

func (p *poster) messages() <-chan jsonrpc.Message { return p.in }

func (p *poster) noise() int64 { return p.junk.Load() }

func (p *poster) reason() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

func (p *poster) send(ctx context.Context, m jsonrpc.Message) error {
	if p.life.Err() != nil {
		return errLinkClosed
	}
	select {
	case p.out <- m:
		return nil
	case <-p.life.Done():
		return errLinkClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *poster) wait() { <-p.closed }

// lose ends the conversation because the server did; the first reason counts.
func (p *poster) lose(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life.Err() == nil {
		p.lost = why
	}
	p.cancel()
}

// write posts messages in their order: by ask what is to be answered, side by
// side; by tell what is not, and it is accepted before the next message goes out,
// so that no call overtakes notifications/initialized.
func (p *poster) write(tell, ask func(jsonrpc.Message)) {
	for {
		var m jsonrpc.Message
		select {
		case m = <-p.out:
		case <-p.life.Done():
			return
		}
		if !m.IsRequest() {
			tell(m)
			continue
		}
		select {
		case p.posts <- struct{}{}:
			p.work.Go(func() {
				defer func() { <-p.posts }()
				ask(m)
			})
		case <-p.life.Done():
			return
		}
	}
}

// pass hands a message of the server to the reader.
func (p *poster) pass(said jsonrpc.Message) {
	select {
	case p.in <- said:
	case <-p.life.Done():
	}
}

// fail answers a call that the server did not take.
func (p *poster) fail(m jsonrpc.Message, why string) {
	if p.life.Err() == nil {
		p.pass(jsonrpc.Refusal(m.ID, jsonrpc.CodeServerGone, why))
	}
}

// do makes a request. Its errors do not hold the URL.
func (p *poster) do(req *http.Request) (*http.Response, error) {
	resp, err := p.client.Do(req)
	var told *url.Error
	if errors.As(err, &told) {
		return nil, told.Err
	}
	return resp, err
}

// errNoURL is all that may be said of a URL that cannot be asked.
var errNoURL = errors.New("its path is not one of a URL")
