package adminapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestFindingsAreListed: errors first, on pages, with the application that a finding is about.
func TestFindingsAreListed(t *testing.T) {
	var fails error
	calls := 0
	s := start(t, func(o *latchkey.Options) {
		o.Findings = func(context.Context) ([]latchkey.Finding, error) {
			calls++
			return []latchkey.Finding{
				{ID: "LK021", Text: "Application b", ClientID: "b/c"},
				{ID: "LK021", Text: "Application a", ClientID: "a"},
				{ID: "LK007", Text: "a warning"},
				{ID: "LK006", Error: true, Text: "an error"},
				{ID: "LK006", Error: true, Text: "another error"},
			}, fails
		}
	})
	s.AddClient("https://a.example/cb", func(c *oauth.Client) { c.ID = "a" })
	operator := s.as(account.RoleOperator)
	list := func(query string) (all []string) {
		for cursor, pages := "", 0; ; {
			path := "findings?" + query
			if cursor != "" {
				path += "&cursor=" + cursor
			}
			a := s.want(http.StatusOK, operator, "GET", path, "")
			rows, _ := a.json["data"].([]any)
			for _, row := range rows {
				f, _ := row.(map[string]any)
				all = append(all, fmt.Sprint(f["id"], " ", f["level"], " ", f["client_id"], " ", f["path"]))
			}
			if a.json["checked"] != true {
				t.Errorf("not checked: %s", a.body)
			}
			if pages++; pages > 10 {
				t.Fatal("the list has no end")
			}
			if cursor = a.text("next"); cursor == "" {
				return all
			}
		}
	}
	const errorRow, allRows = "LK006 error <nil> <nil>, LK006 error <nil> <nil>", "LK006 error <nil> <nil>, LK006 error <nil> <nil>, LK007 warning <nil> <nil>, LK021 warning a applications/a, LK021 warning b/c applications/b%2Fc"
	for query, want := range map[string]string{
		"limit=1": allRows, "limit=2": allRows, "limit=5": allRows, "": allRows, "level=error": errorRow, "client_id=a&limit=1": "LK021 warning a applications/a",
	} {
		if got := strings.Join(list(query), ", "); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
	if calls != 1 {
		t.Errorf("everything was checked %d times within a minute", calls)
	}
	s.want(http.StatusForbidden, s.as(account.RoleOperator, "latchkey:people:read"), "GET", "findings", "")
	s.Advance(3 * 60e9)
	fails = errors.New("x")
	s.want(http.StatusInternalServerError, operator, "GET", "findings", "")
	if a := start(t); true {
		if got := a.want(http.StatusOK, a.as(account.RoleAuditor), "GET", "findings", ""); got.json["checked"] != false {
			t.Errorf("without findings: %s", got.body)
		}
	}
}

// TestRequestThatWasUsedIsNotCancelled: the response says that tokens can have been issued.
func TestRequestThatWasUsedIsNotCancelled(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	for name, test := range map[string]struct {
		change func(*oauth.Ticket)
		status int
	}{
		"waiting": {func(*oauth.Ticket) {}, http.StatusNoContent},
		"used":    {func(t *oauth.Ticket) { t.SpentAt = s.Now() }, http.StatusConflict},
		"refused": {func(t *oauth.Ticket) { t.State, t.SpentAt = "denied", s.Now() }, http.StatusNoContent},
		"expired": {func(t *oauth.Ticket) { t.ExpiresAt = s.Now().Add(-time.Second) }, http.StatusNoContent},
	} {
		ticket := oauth.Ticket{Kind: "code", ID: oauth.NewID(s.Now()), IssuedAt: s.Now(), ExpiresAt: s.Now().Add(time.Minute)}
		test.change(&ticket)
		if err := s.Store.Put(t.Context(), ticket); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if a := s.want(test.status, token, "DELETE", "unfinished-requests/code/"+ticket.ID.String(), ""); test.status == http.StatusConflict && !strings.Contains(string(a.body), "was used before") {
				t.Errorf("%s: %s", name, a.body)
			}
		}
	}
}
