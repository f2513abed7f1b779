package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const healthTimeout = 4 * time.Second // a little more than /readyz gives its checks

const healthHelp = `Asks the Moorage on this machine whether it can work: whether its database and
its engine answer. The exit status is 0 if so: the image's health check.

Example:
  moorage health --addr 127.0.0.1:9000`

// health asks the Moorage on this machine whether it can work, and prints what
// it says: the health check of a container that has no other program.
func health(ctx context.Context, p process, args []string) error {
	config, err := readConfig(p, "health", args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(config.Addr)+"/readyz", nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // and no proxy
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask Moorage: %w", err)
	}
	defer res.Body.Close()
	said, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("ask Moorage: %w", err)
	}
	fmt.Fprintln(p.stdout, strings.TrimSpace(string(said)))
	if res.StatusCode != http.StatusOK {
		return status(1)
	}
	return nil
}

// reachable is an address to connect to for one to listen on: all addresses
// are reached by the loopback's.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}
