package adminapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestNumbersAreCountsOnly: the series of the backup is a time, so it is left out.
func TestNumbersAreCountsOnly(t *testing.T) {
	s := start(t)
	store, ok := s.Store.(oauth.TallyStore)
	if !ok {
		t.Fatal("the Store does not store counts")
	}
	at := s.Now()
	var rows []oauth.Tally
	for _, series := range []string{oauth.TallyBackup, "login/ok"} {
		rows = append(rows, oauth.Tally{Period: oauth.PerDay, At: oauth.PerDay.Begin(at), Series: series, N: at.Unix(), Replaces: true})
	}
	if err := store.AddTallies(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	a := s.want(http.StatusOK, s.as(account.RoleAdministrator), "GET", "numbers?period=week", "")
	if !strings.Contains(string(a.body), `"login/ok"`) || strings.Contains(string(a.body), oauth.TallyBackup) {
		t.Errorf("got %s", a.body)
	}
}

// TestWebhooksHaveTheirLastFailure: with its time and a short reason, or without the member.
func TestWebhooksHaveTheirLastFailure(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" //nolint:gosec // of a test
	s := start(t, func(o *latchkey.Options) {
		o.Webhooks = []oauth.Webhook{{Name: "audit", URL: "https://audit.example", Secrets: []string{secret}}, {Name: "fine", URL: "https://fine.example", Secrets: []string{secret}}}
	})
	at := s.Now()
	if err := s.Store.SaveWebhookFailure(t.Context(), oauth.WebhookFailure{Webhook: "audit", Reason: "connection refused", At: at}); err != nil {
		t.Fatal(err)
	}
	a := s.want(http.StatusOK, s.as(account.RoleAdministrator), "GET", "webhooks", "")
	if body := string(a.body); strings.Count(body, `"last_failure"`) != 1 || !strings.Contains(body, `"reason": "connection refused"`) && !strings.Contains(body, `"reason":"connection refused"`) || strings.Contains(body, "whsec_") {
		t.Errorf("got %s", body)
	}
}
