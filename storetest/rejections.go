package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// rejections returns the IDs of the last rejections.
func (h *house) rejections(t *testing.T, f oauth.RejectionFilter, n int) (ids []string) {
	t.Helper()
	found, err := h.Rejections(ctx, f, n)
	must(t, err)
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	return ids
}

// testFlows tests that the steps of a flow are merged, and that neither other clients nor requests
// without a person replace the flows of people.
func testFlows(t *testing.T, h *house) {
	add := func(flows ...oauth.Flow) {
		t.Helper()
		must(t, h.AddFlows(ctx, flows, 2))
	}
	id := oauth.NewID(h.now)
	add(oauth.Flow{ID: id, ClientID: "a", BeganAt: h.now, LoginAt: h.now.Add(time.Second)})
	add(oauth.Flow{ID: id, ClientID: "a", Person: true, LoginAt: h.now, ConsentAt: h.now.Add(2 * time.Second), FailedAt: h.now.Add(3 * time.Second), ErrorID: "late"})
	add(oauth.Flow{ID: id, ClientID: "a", FactorAt: h.now, FailedAt: h.now.Add(time.Second), ErrorID: "early", Device: true, EnteredAt: h.now, ApprovedAt: h.now, DeniedAt: h.now, TokenAt: h.now})
	wrong := oauth.LoginFailure{Reason: oauth.OutcomeWrongPassword, At: h.now}
	denied := oauth.LoginFailure{Reason: oauth.DeniedNoAccount, Provider: "acme", At: h.now.Add(time.Second)}
	add(oauth.Flow{ID: id, ClientID: "a", BeganAt: h.now, LoginFailures: []oauth.LoginFailure{denied}, IgnoredScopes: oauth.Scopes{"raed", "wirte"}})
	add(oauth.Flow{ID: id, ClientID: "a", BeganAt: h.now, LoginFailures: []oauth.LoginFailure{wrong, denied}})
	add(oauth.Flow{ID: id, ClientID: "b", BeganAt: h.now, LoginFailures: []oauth.LoginFailure{{Reason: oauth.OutcomeThrottled, At: h.now}}, IgnoredScopes: oauth.Scopes{"x"}})
	invented := oauth.NewID(h.now)
	add(oauth.Flow{ID: id, ClientID: "b", TokenAt: h.now.Add(time.Hour)}, oauth.Flow{ID: invented, ClientID: "b", FailedAt: h.now})
	add(oauth.Flow{ID: id, ClientID: "b", BeganAt: h.now, TokenAt: h.now.Add(time.Hour)})
	add(oauth.Flow{ID: id, ClientID: "\x00\xff", TokenAt: h.now.Add(time.Hour)}) // not valid in PostgreSQL
	want := oauth.Flow{
		ID: id, ClientID: "a", BeganAt: h.now, LoginAt: h.now.Add(time.Second), FactorAt: h.now, ConsentAt: h.now.Add(2 * time.Second), ApprovedAt: h.now, DeniedAt: h.now, TokenAt: h.now,
		FailedAt: h.now.Add(3 * time.Second), ErrorID: "late", Person: true, Device: true, EnteredAt: h.now,
		LoginFailures: []oauth.LoginFailure{wrong, denied}, IgnoredScopes: oauth.Scopes{"raed", "wirte"},
	}
	got, err := h.Flow(ctx, id)
	if must(t, err); flowText(got) != flowText(want) {
		t.Errorf("got\n%s, want\n%s", flowText(got), flowText(want))
	}
	for i := range 2 * oauth.MaxLoginFailures { // several at once, as after 200 of them
		var many []oauth.LoginFailure
		for j := range 5 {
			many = append(many, oauth.LoginFailure{Reason: oauth.OutcomeWrongPassword, At: h.now.Add(time.Duration(5*i+j) * time.Second)})
		}
		add(oauth.Flow{ID: id, ClientID: "a", BeganAt: h.now, LoginFailures: many})
	}
	add(oauth.Flow{ID: id, ClientID: "a", BeganAt: h.now, LoginFailures: []oauth.LoginFailure{{Reason: oauth.DeniedGroup, At: h.now.Add(time.Hour)}}})
	if got, err := h.Flow(ctx, id); err != nil || len(got.LoginFailures) != oauth.MaxLoginFailures+2 || got.LoginFailures[oauth.MaxLoginFailures+1].Reason != oauth.DeniedGroup {
		t.Errorf("%d failures of the login are kept, want %d and the last one: %v", len(got.LoginFailures), oauth.MaxLoginFailures+2, err)
	}
	if _, err := h.Flow(ctx, invented); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a flow whose request is not known was stored: %v", err)
	}
	for i := range 5 {
		at := h.now.Add(time.Duration(i+1) * time.Minute)
		add(oauth.Flow{ID: oauth.NewID(at), ClientID: "a", BeganAt: at}, oauth.Flow{ID: oauth.NewID(at), ClientID: "b", BeganAt: at, Person: true})
	}
	for client, want := range map[string]int{"a": 3, "b": 2, "c": 0, "": 5} {
		found, err := h.Flows(ctx, client, 10)
		must(t, err)
		newestFirst := slices.IsSortedFunc(found, func(a, b oauth.Flow) int { return b.ID.Time().Compare(a.ID.Time()) })
		if len(found) != want || !newestFirst || client == "a" && found[2].ID != id {
			t.Errorf("of %q: %v", client, found)
		}
	}
	if found, err := h.Flows(ctx, "a", 1); err != nil || len(found) != 1 {
		t.Errorf("one flow: %v %v", found, err)
	}
}

// flowText returns a flow with times that can be compared.
func flowText(f oauth.Flow) string {
	text := fmt.Sprint(f.ID, f.ClientID, f.ErrorID, f.Person, f.Device)
	for _, at := range []time.Time{f.BeganAt, f.EnteredAt, f.LoginAt, f.FactorAt, f.ConsentAt, f.ApprovedAt, f.DeniedAt, f.TokenAt, f.FailedAt} {
		text += fmt.Sprint(" ", at.UnixMilli())
	}
	for _, failure := range f.LoginFailures {
		text += fmt.Sprint(" ", failure.Reason, " ", failure.Provider, " ", failure.At.UnixMilli())
	}
	return text + " " + f.IgnoredScopes.String()
}

// reject adds a rejection, newer than those before it.
func (h *house) reject(t *testing.T, id, clientID, reason, source string) {
	t.Helper()
	h.setNow(h.now.Add(time.Second))
	must(t, h.AddRejections(ctx, []oauth.Rejection{{ID: id, At: h.now, ClientID: clientID, Reason: reason, Source: source}}, oauth.RejectionBounds{Reason: 3, Source: 2}))
}

// testRejections tests that rejections of one client, reason or source do not
// replace those of another.
func testRejections(t *testing.T, h *house) {
	full := oauth.Rejection{
		ID: "full", At: h.now, ClientID: "a", Named: "some…", Reason: "token invalid_grant expired", Source: "1", Code: "invalid_grant", Description: "It has expired.", Detail: "family x",
	}
	must(t, h.AddRejections(ctx, []oauth.Rejection{full, full}, oauth.RejectionBounds{Reason: 3, Source: 2}))
	if got, err := h.Rejection(ctx, "full"); err != nil || !got.At.Equal(full.At) {
		t.Errorf("got %+v, %v", got, err)
	} else if got.At = full.At; got != full {
		t.Errorf("got %+v, want %+v", got, full)
	}
	if _, err := h.Rejection(ctx, "other"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("a rejection that does not exist: %v", err)
	}
	h.reject(t, "a1", "a", "r", "1")
	h.reject(t, "b1", "b", "r", "1")
	for i := range 20 {
		h.reject(t, fmt.Sprint("nobody", i), "", "r", "2")
		h.reject(t, fmt.Sprint("b's other", i), "b", "other", "2")
		h.reject(t, fmt.Sprint("a's", i), "a", "r", "2")
	}
	for f, want := range map[oauth.RejectionFilter][]string{
		{ClientID: "a"}:  {"a's19", "a's18", "a1", "full"},
		{ClientID: "b"}:  {"b's other19", "b's other18", "b's other0", "b1"},
		{NoClient: true}: {"nobody19", "nobody18", "nobody0"},
	} {
		if got := h.rejections(t, f, 10); !slices.Equal(got, want) {
			t.Errorf("of %+v: %v, want %v", f, got, want)
		}
	}
	h.reject(t, "a2", "a", "r", "3")
	if got, want := h.rejections(t, oauth.RejectionFilter{ClientID: "a"}, 10), []string{"a2", "a's19", "a1", "full"}; !slices.Equal(got, want) {
		t.Errorf("of a: %v, want %v", got, want)
	}
	if got, want := h.rejections(t, oauth.RejectionFilter{}, 3), []string{"a2", "a's19", "b's other19"}; !slices.Equal(got, want) {
		t.Errorf("of all: %v, want %v", got, want)
	}
	for i := range 5 {
		h.reject(t, fmt.Sprint("a's source", i), "a", "r", fmt.Sprint("source", i))
	}
	h.reject(t, "a3", "a", "r", "source4")
	if got, want := h.rejections(t, oauth.RejectionFilter{ClientID: "a"}, 10), []string{"a3", "a's source3", "a1", "full"}; !slices.Equal(got, want) {
		t.Errorf("of a, after those of many sources: %v, want %v", got, want)
	}
}
