package runner

import (
	"context"
	"sync"

	"moorage/jsonrpc"
)

// directLink is no link: the guest speaks to the server itself, and only its
// being there counts.
type directLink struct {
	in   chan jsonrpc.Message
	once sync.Once
}

func newDirectLink() *directLink { return &directLink{in: make(chan jsonrpc.Message)} }

func (l *directLink) send(context.Context, jsonrpc.Message) error { return errLinkClosed }
func (l *directLink) messages() <-chan jsonrpc.Message            { return l.in }
func (l *directLink) reason() string                              { return "" }
func (l *directLink) noise() int64                                { return 0 }
func (l *directLink) close()                                      { l.once.Do(func() { close(l.in) }) }
func (l *directLink) wait()                                       {}
