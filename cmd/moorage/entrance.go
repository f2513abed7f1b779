package main

import (
	"net"
	"net/netip"
)

// entrance is a listener that hangs up, without a word, on whoever comes in by
// an address of ours where nobody has any business.
type entrance struct {
	net.Listener
	admits func(own netip.Addr) bool
}

func (e entrance) Accept() (net.Conn, error) {
	for {
		conn, err := e.Listener.Accept()
		if err != nil {
			return nil, err
		}
		own, known := conn.LocalAddr().(*net.TCPAddr)
		if known && e.admits(own.AddrPort().Addr()) {
			return conn, nil
		}
		conn.Close()
	}
}
