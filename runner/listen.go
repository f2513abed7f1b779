package runner

import (
	"context"
	"errors"
	"net"
	"time"

	"moorage"
)

// dialEvery is how often a server that just started is tried: a container
// cannot tell us that its port is open.
const dialEvery = 50 * time.Millisecond

// errEnded says that the container ended meanwhile.
var errEnded = errors.New("the container has ended")

// dialable waits until the server at addr accepts connections, its container
// has ended, or ctx has. A container that ended at once has no address.
func dialable(ctx context.Context, addr string, port int, ended <-chan struct{}) error {
	d := net.Dialer{Timeout: time.Second}
	tick := time.NewTicker(dialEvery)
	defer tick.Stop()
	for {
		c, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-tick.C:
		case <-ended:
			return errEnded
		case <-ctx.Done():
			return notListening(port, err)
		}
	}
}

func notListening(port int, err error) error {
	return moorage.Errorf(moorage.Unavailable, "Nothing listens on port %d of the server.", port).
		Try("Check the port in its settings. The server must listen on 0.0.0.0, on the port that the variable PORT names.").
		Because(err)
}
