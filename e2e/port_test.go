package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// freePort returns a port of 127.0.0.1 on which nothing listens. It is reserved for the
// test in the same way as by ReservePort of internal/needs, which this module does not
// import: it is below the ports that systems choose by themselves, and the port that
// follows is the reservation.
func freePort(t *testing.T) int {
	t.Helper()
	for range 1000 {
		port := 20_000 + 2*rand.IntN(6384)
		reservation, err := net.Listen("tcp", address(port+1))
		if err != nil {
			continue
		}
		server, err := net.Listen("tcp", address(port))
		if err != nil {
			_ = reservation.Close()
			continue
		}
		_ = server.Close()
		t.Cleanup(func() { _ = reservation.Close() })
		return port
	}
	t.Fatal("no port is free")
	return 0
}

// freeAddress returns the address with such a port.
func freeAddress(t *testing.T) string {
	t.Helper()
	return address(freePort(t))
}

func address(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
