package adminapi_test

import (
	"net/http"
	"strings"
	"testing"

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
