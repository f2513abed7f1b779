package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// canary is a server inside that nobody may reach: it counts connections.
func canary(t *testing.T) (port string, hits *atomic.Int64) {
	t.Helper()
	hits = new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "inside")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			hits.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, hits
}

// answers is a name server that says for every name what the test wants, one
// answer after the other; the last one stays.
type answers struct {
	list  []string
	asked atomic.Int64
}

func (a *answers) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	n := int(a.asked.Add(1)) - 1
	var found []netip.Addr
	for _, ip := range strings.Fields(a.list[min(n, len(a.list)-1)]) {
		found = append(found, netip.MustParseAddr(ip))
	}
	return found, nil
}

// inside are the addresses that every spelling below is made of.
var inside = []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "172.17.0.1", "192.168.1.1", "100.64.0.1"}

// spellings are the ways in which some reader takes a host for the address.
func spellings(address string) []string {
	b := netip.MustParseAddr(address).As4()
	word := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	pair := fmt.Sprintf("%x:%x", word>>16, word&0xffff)
	wide := strings.Map(func(r rune) rune {
		if r == '.' {
			return '.'
		}
		return r - '0' + '０'
	}, address)
	return []string{
		address, address + ".", address + "..", wide, strings.ReplaceAll(address, ".", "。"), strings.ReplaceAll(wide, ".", "．"),
		fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("0000%o.%d.%d.%d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("0X%X.%d.%d.%d", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("%d", word), fmt.Sprintf("0%o", word), fmt.Sprintf("0x%x", word), fmt.Sprintf("%d.", word),
		fmt.Sprintf("%d.%d", b[0], word&0xffffff), fmt.Sprintf("%d.%d.%d", b[0], b[1], word&0xffff),
		"[::ffff:" + address + "]", "[::ffff:" + pair + "]", "[::FFFF:" + strings.ToUpper(pair) + "]", "[0:0:0:0:0:ffff:" + pair + "]",
		"[::" + pair + "]", "[::ffff:0:" + pair + "]", "[64:ff9b::" + pair + "]", "[64:ff9b:1::" + pair + "]", "[2002:" + pair + "::]",
		"[fe80::5efe:" + pair + "]", "[2001:0:" + pair + "::]", "[::ffff:" + address + "%25eth0]",
		fmt.Sprintf("%%3%d%s", address[0]-'0', address[1:]),
	}
}

// odd are addresses of the machine itself by other names, and tricks with what
// stands around a host. PORT is where the canary listens.
var odd = []string{
	"http://localhost:PORT/", "http://LOCALHOST:PORT/", "http://LocalHost.:PORT/", "http://localhost.localdomain:PORT/",
	"http://ip6-localhost:PORT/", "http://any.localhost:PORT/", "http://127.0.0.1.nip.example:PORT/", "http://metadata.google.internal:PORT/",
	"http://host.docker.internal:PORT/", "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/", "http://lоcalhost:PORT/", "http://local\u00adhost:PORT/",
	"http://xn--lcalhost-54g:PORT/", "http://münchen.example:PORT/", "http://1２7.0.0.1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/",
	"http://example.com@127.0.0.1:PORT/", "http://127.0.0.1:PORT@example.com/", "http://example.com:80@127.0.0.1:PORT/",
	"http://user:password@localhost:PORT/", "http://@127.0.0.1:PORT/", "http://:@127.0.0.1:PORT/", "http://example.com%40127.0.0.1:PORT/",
	"http://127.0.0.1:PORT#@example.com/", "http://127.0.0.1:PORT?@example.com/", `http://127.0.0.1:PORT\@example.com/`,
	`http:\\127.0.0.1:PORT/`, `http://example.com\@127.0.0.1:PORT/`, "http:///127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "http:/127.0.0.1:PORT/",
	"//127.0.0.1:PORT/", "127.0.0.1:PORT", "HtTp://127.0.0.1:PORT/", " http://127.0.0.1:PORT/", "http://127.0.0.1 :PORT/", "http://127.0.0.1\t:PORT/",
	"http://127.0.0.1\r\nHost: example.com:PORT/", "http://[::1]:PORT/", "http://[::1%25lo]:PORT/", "http://[fe80::1%25eth0]:PORT/", "http://[::]:PORT/",
	"http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::1.]:PORT/", "http://[127.0.0.1]:PORT/", "http://::1:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/",
	"http://0x0:PORT/", "http://00:PORT/", "http://127.1:PORT/", "http://127.127.127.127:PORT/", "http://0x:PORT/", "http://a..b:PORT/", "http://.:PORT/",
	"http://-x:PORT/", "http://:PORT/", "http://%6c%6f%63%61%6c%68%6f%73%74:PORT/", "http://localhost%00.example.com:PORT/", "http://localhost%2eexample:PORT/",
	"http://[fd00::1]:PORT/", "http://[fc00::1]:PORT/", "http://[fec0::1]:PORT/", "http://[ff02::1]:PORT/", "http://[100::1]:PORT/", "http://[2001:db8::1]:PORT/",
	"http://255.255.255.255:PORT/", "http://240.0.0.1:PORT/", "http://224.0.0.1:PORT/", "http://198.18.0.1:PORT/", "http://192.0.0.1:PORT/", "http://0.1.2.3:PORT/",
	"ftp://127.0.0.1:PORT/", "gopher://127.0.0.1:PORT/", "file:///etc/passwd", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/", "ws://127.0.0.1:PORT/",
	"http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:+80/", "http://127.0.0.1:PORT:80/", "jar:http://127.0.0.1:PORT/!/", "data:,x", "",
}

// TestNoSpellingReachesTheInside asks with a name server that answers 127.0.0.1
// for whatever it is asked, as the C library does for the odd ones.
func TestNoSpellingReachesTheInside(t *testing.T) {
	port, hits := canary(t)
	client := NewClient(Rules{PlainHTTP: true, Resolver: &answers{list: []string{"127.0.0.1 ::1 ::ffff:10.0.0.1"}}})
	list := append([]string(nil), odd...)
	for _, address := range inside {
		for _, host := range spellings(address) {
			list = append(list, "http://"+host+":PORT/", "https://"+host+":PORT/")
		}
	}
	for _, address := range list {
		address = strings.ReplaceAll(address, "PORT", port)
		resp, err := client.Get(address)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%q was answered", address)
		}
	}
	if len(list) < 120 || hits.Load() != 0 {
		t.Errorf("%d spellings, the inside was reached %d times", len(list), hits.Load())
	}
	t.Logf("%d spellings", len(list))
}

func TestTheOperatorsOwnHostIsReached(t *testing.T) {
	port, hits := canary(t)
	client := NewClient(Rules{PlainHTTP: true, AnyAddress: true, Resolver: &answers{list: []string{"127.0.0.1"}}})
	for _, host := range []string{"127.0.0.1", "registry.example"} {
		resp, err := client.Get("http://" + host + ":" + port)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if hits.Load() == 0 {
		t.Error("the canary counts nothing: the other tests prove nothing")
	}
}

func TestWhichAddressesArePublic(t *testing.T) {
	for address, want := range map[string]bool{
		"140.82.121.4": true, "1.1.1.1": true, "2606:4700::1111": true, "::ffff:1.1.1.1": true, "2a00:1450::1": true,
		"::ffff:127.0.0.1": false, "::": false, "::1": false, "fe80::1%eth0": false, "::ffff:0:1.1.1.1": false, "::1.1.1.1": false,
		"64:ff9b::1.1.1.1": false, "2002:101:101::": false, "3fff::1": false, "5f00::1": false, "100.127.255.255": false, "100.128.0.1": true,
	} {
		if got := Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
}

// TestWhatIsRefusedBeforeAnythingIsLookedUp holds even for the operator's own
// host: such an address has two readings, or brings credentials along.
func TestWhatIsRefusedBeforeAnythingIsLookedUp(t *testing.T) {
	for _, address := range []string{
		"https://user@git.example/", "https://@git.example/", "https://2130706433/", "https://0x7f.1/", "https://017700000001/", "https://127.0.0.1./",
		"https://[fe80::1%25eth0]/", "https://１27.0.0.1/", "https://a..b/", "https://git.example:0/", "ftp://git.example/", "http://git.example/", "https:git.example",
	} {
		u, err := url.Parse(address)
		if err == nil {
			err = Rules{AnyAddress: true}.Check(u)
		}
		if err == nil {
			t.Errorf("%s is allowed", address)
		}
	}
	for _, address := range []string{"https://10.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Rules{}).Check(u); !errors.Is(err, ErrNotPublic) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
