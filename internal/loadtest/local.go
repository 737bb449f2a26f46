package loadtest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

func newClient(o Options) *http.Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	if !o.Remote {
		dialer.Control, dialer.Resolver = onlyLoopback, hostsFileOnly()
	}
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: o.Connections},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// onlyLoopback is a control function for net.Dialer that rejects addresses
// other than loopback addresses.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	parsed, err := netip.ParseAddrPort(address)
	if err == nil && !parsed.Addr().IsLoopback() {
		err = ErrRemote
	}
	return err
}

// hostsFileOnly returns a resolver that knows the names in the hosts file and
// sends no DNS queries.
func hostsFileOnly() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) { return nil, ErrRemote }}
}

// leavesMachine reports whether a request failed because it, or the DNS query
// for it, would have left this machine.
func (t *test) leavesMachine(err error) bool {
	var dns *net.DNSError
	return errors.Is(err, ErrRemote) || (!t.Remote && errors.As(err, &dns))
}
