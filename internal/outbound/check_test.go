package outbound_test

import (
	"net/netip"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
)

// TestCheckRejectsWhatARequestWouldReject without sending one. The addresses of a
// name are not known before.
func TestCheckRejectsWhatARequestWouldReject(t *testing.T) {
	insecure := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for address, want := range map[string]struct{ strict, insecure bool }{
		"https://app.example/x":   {true, true},
		"https://192.0.2.1/":      {false, false},
		"https://93.184.216.34/x": {true, true},
		"https://10.0.0.1/x":      {false, false},
		"https://[::1]/x":         {false, false},
		"https://localhost/x":     {false, true},
		"https://127.0.0.1/x":     {false, true},
		"http://127.0.0.1:9/x":    {false, true},
		"http://localhost:9/x":    {false, true},
		"http://10.0.0.1/x":       {false, false},
		"http://93.184.216.34/x":  {false, false},
		"ftp://app.example/x":     {false, false},
		"https://u@app.example/":  {false, false},
		"https:///x":              {false, false},
		"/x":                      {false, false},
	} {
		if err := outbound.New(outbound.Options{}).Check(address); (err == nil) != want.strict {
			t.Errorf("%s: %v", address, err)
		}
		if err := outbound.New(outbound.Options{InsecureNetworks: insecure}).Check(address); (err == nil) != want.insecure {
			t.Errorf("%s with an insecure network: %v", address, err)
		}
	}
}
