package latchkey_test

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/dnstest"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
)

// The networks to which the servers of these tests may send requests.
var (
	everywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	hostileNet = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
)

// trap listens at an address of this machine, and counts the connections.
func trap(t *testing.T, address string) (port string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections = new(atomic.Int64)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = connection.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, connections
}

// reachable are hosts at which this machine can be reached: the spellings of an IPv4
// address, IPv6 addresses that contain one, and names. Some systems read a name such as
// 0x7f.1 as an address, and so does the resolver of these tests.
func reachable() []string {
	return []string{
		"127.0.0.1", "127.0.0.2", "127.255.255.254", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0X7F.0.0.01", "0.0.0.0", "localhost", "LOCALHOST", "localhost.",
		"app.example", "127.0.0.1.app.example", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]",
	}
}

// numeric are spellings of an IPv4 address that only the resolvers of other systems
// read. The resolver of Go rejects them.
func numeric() []string {
	return []string{"127.1", "127.0.1", "2130706433", "0177.0.0.1", "0177.1", "017700000001", "00000177.0.0.1", "0", "127.0.0.1."}
}

// elsewhere are addresses that contain one of this machine in a way for which it has no
// route: IPv4-compatible, translated, NAT64, 6to4, Teredo, ISATAP, and zones.
func elsewhere() []string {
	return []string{
		"[::127.0.0.1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:0001::1]",
		"[2001:0:7f00:1::]", "[2001::80ff:fffe]", "[fe80::5efe:127.0.0.1]", "[fe80::1%25lo]", "[::1%25lo]", "[::1%25]",
	}
}

// TestClientsCannotMakeTheServerConnectToInternalAddresses: the spellings of an IPv4
// address, and IPv6 addresses that contain one (RFC 4291, RFC 6052, RFC 3056, RFC 4380).
func TestClientsCannotMakeTheServerConnectToInternalAddresses(t *testing.T) {
	t.Parallel()
	port, connections := trap(t, ":0")
	local := dnstest.Resolver("127.0.0.1") // of every name
	open := newOutboundHouse(t, outbound.Options{InsecureNetworks: everywhere, Resolver: local})
	guarded := newOutboundHouse(t, outbound.Options{Resolver: local})
	connects := func(send func(*testing.T, *outboundHouse, string), h *outboundHouse, address string) bool {
		before := connections.Load()
		send(t, h, address)
		return connections.Load() != before
	}
	for name, use := range outboundUses() {
		if use.send == nil {
			continue
		}
		address := func(host string) string { return "https://" + host + ":" + port + "/" + url.PathEscape(name) }
		if !connects(use.send, open, address("app.example")) {
			t.Errorf("%s: the server sends no request, so this test shows nothing", name)
		}
		for _, host := range slices.Concat(reachable(), numeric(), elsewhere(), []string{"user@127.0.0.1", "127.0.0.1%00.app.example"}) {
			for _, to := range []string{address(host), strings.Replace(address(host), "https", "http", 1)} {
				if connects(use.send, guarded, to) {
					t.Errorf("%s: the server connects to %s", name, to)
				}
			}
		}
		for _, to := range []string{"file:///etc/passwd", "gopher://127.0.0.1:" + port + "/x", "ftp://127.0.0.1:" + port + "/x", "//127.0.0.1:" + port + "/x"} {
			if connects(use.send, guarded, to) {
				t.Errorf("%s: the server connects to %s", name, to)
			}
		}
	}
	logo, six := outboundUses()["logo"].send, hasIPv6()
	for _, host := range reachable() {
		if (six || !strings.Contains(host, ":")) && !connects(logo, open, "https://"+host+":"+port+"/") {
			t.Errorf("%s does not reach this machine, so this test shows nothing about it", host)
		}
	}
	for _, host := range elsewhere() {
		if err := guarded.guarded.Check("https://" + host + "/"); err == nil {
			t.Errorf("%s is not known to be forbidden", host)
		}
	}
}

// hasIPv6 reports whether this machine can connect to itself with IPv6.
func hasIPv6() bool {
	listener, err := net.Listen("tcp6", "[::1]:0")
	return err == nil && listener.Close() == nil
}

// hostile is a server that attacks the servers whose requests it receives.
type hostile struct {
	*httptest.Server
	bomb     []byte
	redirect string
	sent     atomic.Int64 // bytes of endless responses
	requests atomic.Int64
	packed   atomic.Int64 // requests that accept compressed responses
	patient  atomic.Int64 // requests that waited for a slow response
}

func newHostile(t *testing.T) (h *hostile, authorities *x509.CertPool) {
	t.Helper()
	h = new(hostile)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(make([]byte, 1<<20))
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	h.bomb = bytes.Repeat(packed.Bytes(), 16) // RFC 1952 §2.2: members follow one another
	h.Server = httptest.NewUnstartedServer(h)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	h.StartTLS()
	t.Cleanup(h.Close)
	authorities = x509.NewCertPool()
	authorities.AddCert(h.Certificate())
	return h, authorities
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.requests.Add(1)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Connection", "close")
	if r.Header.Get("Accept-Encoding") != "" && r.Header.Get("Accept-Encoding") != "identity" {
		h.packed.Add(1)
	}
	switch attack, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); attack {
	case "redirect":
		http.Redirect(w, r, h.redirect, http.StatusTemporaryRedirect)
	case "endless":
		for part := make([]byte, 32<<10); ; {
			n, err := w.Write(part)
			if h.sent.Add(int64(n)); err != nil {
				return
			}
		}
	case "bomb":
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(h.bomb)
	case "drip": // the body never ends
		_, _ = w.Write([]byte("{"))
		_ = http.NewResponseController(w).Flush()
		h.wait(r)
	case "slow":
		h.wait(r)
	}
}

// wait waits until the server that sent the request gives up. After two minutes it is
// assumed never to do so.
func (h *hostile) wait(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // so that the end of the connection is noticed
	select {
	case <-r.Context().Done():
	case <-time.After(2 * time.Minute):
		h.patient.Add(1)
	}
}

// TestResponsesOfOtherServersCannotHarmTheServer: a redirect to an internal address,
// an endless body, a compressed one, and slow responses.
func TestResponsesOfOtherServersCannotHarmTheServer(t *testing.T) {
	t.Parallel()
	port, connections := trap(t, "127.0.0.2:0")
	evil, authorities := newHostile(t)
	evil.redirect = "https://127.0.0.2:" + port + "/"
	h := newOutboundHouse(t, outbound.Options{InsecureNetworks: hostileNet, Authorities: authorities, Timeout: time.Minute})
	// On a busy machine, a request can be too slow to arrive, so each of these houses
	// has twice as much time as the one before.
	hurried := make([]*outboundHouse, 9)
	for i := range hurried {
		hurried[i] = newOutboundHouse(t, outbound.Options{InsecureNetworks: hostileNet, Authorities: authorities, Timeout: 100 * time.Millisecond << i})
	}
	for name, use := range outboundUses() {
		if use.send == nil {
			continue
		}
		for attack, houses := range map[string][]*outboundHouse{"redirect": {h}, "endless": {h}, "bomb": {h}, "drip": hurried, "slow": hurried} {
			before := evil.requests.Load()
			evil.sent.Store(0)
			for try, h := range houses {
				if evil.requests.Load() == before {
					use.send(t, h, fmt.Sprint(evil.URL, "/", attack, "/", url.PathEscape(name), "/", try))
				}
			}
			if evil.requests.Load() == before {
				t.Errorf("%s, %s: the server sends no request, so this test shows nothing", name, attack)
			}
			// Most of what is sent fills the buffers of the connection.
			if evil.sent.Load() > 32<<20 {
				t.Errorf("%s: the server reads %d bytes", name, evil.sent.Load())
			}
		}
	}
	evil.Close() // waits for its responses
	if connections.Load() != 0 || evil.packed.Load() != 0 || evil.patient.Load() != 0 {
		t.Errorf("the server follows %d redirects to an internal address, asks %d times for compressed responses, and waits for %d slow ones",
			connections.Load(), evil.packed.Load(), evil.patient.Load())
	}
}

// TestNameThatResolvesToAnotherAddressLaterIsCheckedAgain: DNS rebinding.
func TestNameThatResolvesToAnotherAddressLaterIsCheckedAgain(t *testing.T) {
	t.Parallel()
	evil, authorities := newHostile(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(evil.URL, "https://"))
	_, connections := trap(t, "127.0.0.2:"+port)
	for name, use := range outboundUses() {
		if use.send == nil {
			continue
		}
		for networks, rebound := range map[*[]netip.Prefix]bool{&hostileNet: false, &everywhere: true} {
			h := newOutboundHouse(t, outbound.Options{InsecureNetworks: *networks, Authorities: authorities, Resolver: dnstest.Resolver("127.0.0.1", "127.0.0.2")})
			before := evil.requests.Load()
			use.send(t, h, "https://example.com:"+port+"/first/"+url.PathEscape(name))
			if evil.requests.Load() == before {
				t.Errorf("%s: the server sends no request, so this test shows nothing", name)
			}
			connected := connections.Load()
			use.send(t, h, "https://example.com:"+port+"/second/"+url.PathEscape(name))
			if got := connections.Load() != connected; got != rebound {
				t.Errorf("%s: the server connects to the second address: %v, want %v", name, got, rebound)
			}
		}
	}
}
