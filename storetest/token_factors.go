package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// testTokenFactors: personal tokens of all people are listed as long as they are valid, and their last
// use is stored at most once an hour.
func testTokenFactors(t *testing.T, h *house) {
	ids := make(map[string]account.FactorID)
	var people []*account.User
	for p, name := range []string{"ada", "bob"} {
		u := h.user(t, name)
		if name == "bob" { // his tokens have another epoch
			must(t, h.RevokeSubject(ctx, u.ID, h.now))
		}
		u, err := h.User(ctx, u.ID)
		must(t, err)
		people = append(people, u)
		var add []account.Factor
		for i, f := range []struct {
			name, scope, epoch string
			kind               account.FactorKind
			ttl                time.Duration
		}{
			{"Job", "people:read", fmt.Sprint(u.LoginEpoch), account.FactorToken, time.Hour},
			{"Other_Job", "people", fmt.Sprint(u.LoginEpoch), account.FactorToken, time.Hour},
			{"revoked", "people", fmt.Sprint(u.LoginEpoch, 0), account.FactorToken, time.Hour},
			{"older", "people", fmt.Sprint(1, u.LoginEpoch), account.FactorToken, time.Hour},
			{"expired", "people", fmt.Sprint(u.LoginEpoch), account.FactorToken, 0},
			{"passkey", "people", fmt.Sprint(u.LoginEpoch), account.FactorPasskey, time.Hour},
		} {
			body := fmt.Sprintf(`{"scopes":["%s"],"epoch":%s}`, f.scope, strings.ReplaceAll(f.epoch, " ", ""))
			add = append(add, account.Factor{ID: account.FactorID{byte(10*p + i + 1)}, Kind: f.kind, Name: f.name, Body: body, CreatedAt: h.now.Add(time.Duration(10*p+i) * time.Millisecond), ExpiresAt: h.now.Add(f.ttl)})
			if ids[name+" "+f.name] = add[i].ID; f.name == "Job" { // it was made with a token whose ID looks like a scope
				add[i].Body = strings.Replace(body, `],`, `],"parent":"people",`, 1)
			}
		}
		must(t, h.ChangeFactors(ctx, account.FactorChange{User: u, Factors: u.Factors, Add: add, At: h.now}))
	}
	listed := func(f account.OwnedTokenFilter, p paging.Page) string {
		t.Helper()
		var found []string
		for p.Limit = 3; ; {
			rows, cursor, err := h.TokenFactors(ctx, f, p)
			must(t, err)
			for _, row := range rows {
				if row.ID != ids[row.Username+" "+row.Name] || row.UserID != "id-"+row.Username {
					t.Errorf("got %+v", row)
				}
				found = append(found, row.Username+" "+row.Name)
			}
			if p.After = cursor.Next; p.After == "" {
				break
			}
		}
		if n, err := h.CountTokenFactors(ctx, f); err != nil || n.N != len(found) {
			t.Errorf("%+v: %d rows, and the count %+v, %v", f, len(found), n, err)
		}
		return strings.Join(found, ", ")
	}
	const all = "bob Other_Job, bob Job, ada Other_Job, ada Job"
	newest := paging.Page{Descending: true}
	for _, test := range []struct {
		f    account.OwnedTokenFilter
		want string
	}{
		{account.OwnedTokenFilter{}, all},
		{account.OwnedTokenFilter{UserID: people[0].ID}, "ada Other_Job, ada Job"},
		{account.OwnedTokenFilter{Scope: "people"}, "bob Other_Job, ada Other_Job"},
		{account.OwnedTokenFilter{Scope: "scopes"}, ""},
		{account.OwnedTokenFilter{Scope: "PEOPLE"}, ""},
		{account.OwnedTokenFilter{Scope: "parent"}, ""},
		{account.OwnedTokenFilter{Scope: "%"}, ""},
		{account.OwnedTokenFilter{Search: "r_j"}, "bob Other_Job, ada Other_Job"},
		{account.OwnedTokenFilter{Search: "BOB", Scope: "people:read"}, "bob Job"},
	} {
		if got := listed(test.f, newest); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.f, got, test.want)
		}
	}
	used := func(name string, at time.Time) {
		t.Helper()
		before, _, err := h.Factor(ctx, ids[name])
		must(t, err)
		must(t, h.NoteTokenUse(ctx, ids[name], at))
		f, _, err := h.Factor(ctx, ids[name])
		must(t, err)
		stored := f.Kind == account.FactorToken && at.Sub(before.UsedAt) >= account.TokenUseInterval
		if want := before.UsedAt; !stored && !f.UsedAt.Equal(want) || stored && !f.UsedAt.Equal(at) {
			t.Errorf("%s was used at %v after %v, and %v is stored", name, at, before.UsedAt, f.UsedAt)
		}
	}
	for _, after := range []time.Duration{2 * time.Hour, 2*time.Hour + 59*time.Minute, time.Hour, 3 * time.Hour} {
		used("ada Job", h.now.Add(after))
	}
	used("bob Other_Job", h.now.Add(time.Hour))
	used("bob passkey", h.now.Add(time.Hour))
	must(t, h.NoteTokenUse(ctx, account.FactorID{99}, h.now))
	if got := listed(account.OwnedTokenFilter{}, paging.Page{Sort: "used", Descending: true}); !strings.HasPrefix(got, "ada Job, bob Other_Job, ") || len(got) != len(all) {
		t.Errorf("by their last use: %s", got)
	}
	h.setNow(h.now.Add(2 * time.Hour))
	if got := listed(account.OwnedTokenFilter{}, newest); got != "" {
		t.Errorf("expired tokens are listed: %s", got)
	}
}
