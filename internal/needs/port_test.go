package needs

import (
	"net"
	"testing"
)

// TestPortsOfTestsDiffer: the server of the test can listen on its port, and no other
// process can reserve it.
func TestPortsOfTestsDiffer(t *testing.T) {
	seen := make(map[int]bool)
	for range 200 {
		port := Port(t)
		if seen[port] || port < firstPort || port > lastPort || port%2 != 0 {
			t.Errorf("port %d", port)
		}
		seen[port] = true
		server, err := net.Listen("tcp", address(port))
		if err != nil {
			t.Fatal(err)
		}
		_ = server.Close()
		if _, err := net.Listen("tcp", address(port+1)); err == nil {
			t.Error("another process could reserve the port")
		}
	}
}
