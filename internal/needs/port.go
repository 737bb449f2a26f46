package needs

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Servers of tests listen on even ports from firstPort to lastPort. They are below the
// ports that Linux and other systems choose for connections and for servers that ask
// for any port, so that no other process takes one while the server of a test does not
// run yet, or is restarted.
const firstPort, lastPort = 20_000, 32_766

// ReservePort returns a port of 127.0.0.1 on which nothing listens, for a server that
// cannot choose one itself, or that listens on the same port again. No other test
// receives the port before release is called, in this process or another: ReservePort
// listens on the odd port that follows.
func ReservePort() (port int, release func(), err error) {
	const most = 1000 // attempts
	for range most {
		port := firstPort + 2*rand.IntN((lastPort-firstPort)/2+1) //nolint:gosec // not a secret
		reservation, taken := net.Listen("tcp", address(port+1))  //nolint:noctx // it does not block
		if taken != nil {
			continue
		}
		release := func() { _ = reservation.Close() }
		server, taken := net.Listen("tcp", address(port)) //nolint:noctx // it does not block
		if taken != nil {
			release()
			continue
		}
		if err := server.Close(); err != nil {
			release()
			return 0, nil, err
		}
		return port, release, nil
	}
	return 0, nil, errors.New("no port is free")
}

// Port returns a port of 127.0.0.1 that is reserved for the test: see ReservePort.
func Port(t testing.TB) int {
	t.Helper()
	port, release, err := ReservePort()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(release)
	return port
}

// Address is like Port, and returns the address with the port.
func Address(t testing.TB) string {
	t.Helper()
	return address(Port(t))
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
