package loadtest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/loadtest"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

func TestEveryOperationOfAnApplicationIsMeasured(t *testing.T) {
	p := latchkeytest.New(t)
	client, secret := p.AddClient("https://app.example/cb", nil)
	issuer, err := loadtest.ParseIssuer(p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	reported := make(map[string]bool)
	results, err := loadtest.Run(t.Context(), issuer, loadtest.Options{
		Connections: 2, Requests: 20, Time: loadtest.MaxTime, ClientID: client.ID, ClientSecret: secret,
		OnProgress: func(p loadtest.Progress) { reported[p.Operation] = true },
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.Operation)
		if r.Requests != 20 || r.Failed != 0 || r.Rate <= 0 || r.Max < r.Median || !reported[r.Operation] {
			t.Errorf("%+v, progress reported: %t", r, reported[r.Operation])
		}
	}
	if got := strings.Join(names, ", "); got != "discovery, keys, client credentials, introspection" {
		t.Errorf("measured %s", got)
	}
}

func TestOtherMachinesAreNotContacted(t *testing.T) {
	for name, address := range map[string]string{
		"an address of another machine": "http://192.0.2.1/o",        // TEST-NET-1
		"a name that needs DNS":         "http://latchkey.example/o", // reserved by RFC 2606
	} {
		issuer, err := loadtest.ParseIssuer(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loadtest.Run(t.Context(), issuer, loadtest.Options{Connections: 1, Requests: 1, Time: loadtest.MaxTime}); !errors.Is(err, loadtest.ErrRemote) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
