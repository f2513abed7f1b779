package runner

import (
	"context"
	"errors"
	"net"
	"strconv"
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
			return notListening(ctx, addr, port, err)
		}
	}
}

// notListening says so, and on which port the server listens instead, when that
// is one of the usual ones.
func notListening(ctx context.Context, addr string, port int, err error) error {
	if found := elsewhere(ctx, addr); found != 0 {
		return moorage.Errorf(moorage.Unavailable, "Nothing listens on port %d of the server, but something does on port %d.", port, found).
			Try("Set the port %d in its settings, or have the server listen on the port that the variable PORT names.", found).Because(err)
	}
	return moorage.Errorf(moorage.Unavailable, "Nothing listens on port %d of the server.", port).
		Try("Check the port in its settings. The server must listen on 0.0.0.0, on the port that the variable PORT names.").
		Because(err)
}

// usualPorts are those that servers listen on when nobody has told them another,
// or when they do not care.
var usualPorts = []int{8000, 8080, 3000, 3001, 5000, 80, 8001, 8081, 8888, 9000, 4000, 3333, 5001, 6277, 7860, 8787, 9090}

// lookAround is how long a port is looked for. On a network that answers, it
// takes no time at all.
const lookAround = time.Second

// elsewhere returns the first of the usual ports at addr that accepts
// connections; 0: none, or the reason to look has gone.
func elsewhere(ctx context.Context, addr string) int {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAround)
	defer cancel()
	var d net.Dialer
	for _, port := range usualPorts {
		if c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			c.Close()
			return port
		}
	}
	return 0
}
