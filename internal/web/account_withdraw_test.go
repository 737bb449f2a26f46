package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestAWithdrawalOfNothingIsNotRecorded: anybody with an account could fill the audit log with
// invented applications.
func TestAWithdrawalOfNothingIsNotRecorded(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	for _, client := range []string{"unknown", strings.Repeat("x", 8<<10), "", "a\x00b"} {
		page := b.Submit(b.Open(p.Issuer+"/account/applications/"), url.Values{"action": {"withdraw"}, "client": {client}, "confirmed": {"yes"}})
		if page.StatusCode != http.StatusOK {
			t.Errorf("%.20q: %s", client, page.Status)
		}
	}
	rows, err := p.Store.AuditQueue(context.Background(), 1000)
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	for _, r := range rows {
		if r.Event == oauth.EventWithdrawal {
			t.Errorf("recorded: %.100q", r.ClientID)
		}
	}
}
