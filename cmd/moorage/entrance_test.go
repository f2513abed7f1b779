package main

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
)

func TestWhoComesInWhereNobodyShouldIsNotAnswered(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked []netip.Addr
	e := entrance{listener, func(own netip.Addr) bool {
		asked = append(asked, own)
		return len(asked) > 1
	}}
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			conn, err := e.Accept()
			if err != nil {
				return // closed
			}
			accepted <- conn
		}
	}()
	refused, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Close()
	if n, err := refused.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("who is refused reads %d bytes, %v", n, err)
	}
	admitted, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer admitted.Close()
	(<-accepted).Close()
	listener.Close()
	<-accepted
	if want := netip.MustParseAddr("127.0.0.1"); len(asked) != 2 || asked[0] != want {
		t.Errorf("asked about %v", asked)
	}
}
