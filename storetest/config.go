package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testKeys(t *testing.T, h *house) {
	key := func(id string) oauth.SigningKey {
		return oauth.SigningKey{ID: id, Alg: "ES256", Public: []byte("p"), Private: []byte("s"), CreatedAt: h.now, ActiveAt: h.now}
	}
	before := h.Version()
	never := time.Time{}
	added, err := h.AddSigningKey(ctx, key("1"), "", never)
	if err != nil || !added || h.Version() == before {
		t.Fatalf("the first key: %v %v, version %d", added, err, h.Version())
	}
	if added, err := h.AddSigningKey(ctx, key("2"), "", never); err != nil || added {
		t.Errorf("a second first key: %v %v", added, err)
	}
	first := h.now
	h.setNow(h.now.Add(time.Second))
	if added, err := h.AddSigningKey(ctx, key("3"), "2", h.now.Add(time.Hour)); err != nil || added {
		t.Errorf("a key that follows none: %v %v", added, err)
	}
	if _, err := h.AddSigningKey(ctx, key("1"), "1", h.now.Add(time.Hour)); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a taken id gives %v", err)
	}
	next := key("3")
	next.ActiveAt = h.now.Add(time.Hour)
	if added, err := h.AddSigningKey(ctx, next, "1", h.now.Add(2*time.Hour)); err != nil || !added {
		t.Errorf("the next key: %v %v", added, err)
	}
	keys, err := h.SigningKeys(ctx)
	must(t, err)
	if len(keys) != 2 || keys[0].ID != "1" || keys[1].ID != "3" || string(keys[0].Private) != "s" || !keys[1].RetiredAt.IsZero() ||
		!keys[0].RetiredAt.Equal(next.ActiveAt) || !keys[0].ExpiresAt.Equal(h.now.Add(2*time.Hour)) {
		t.Errorf("got %+v", keys)
	}

	// A key that replaces one that does not sign yet also ends the one before it, and no other.
	other := key("other")
	other.Alg = "RS256"
	_, err = h.AddSigningKey(ctx, other, "", never)
	must(t, err)
	soon := key("4")
	soon.CreatedAt, soon.ActiveAt = h.now.Add(time.Second), h.now.Add(2*time.Second)
	if added, err := h.AddSigningKey(ctx, soon, "3", h.now.Add(time.Hour)); err != nil || !added {
		t.Errorf("a key that becomes active soon: %v %v", added, err)
	}
	if keys, err = h.SigningKeys(ctx); err != nil || len(keys) != 4 {
		t.Fatal(keys, err)
	}
	for at := h.now; at.Before(h.now.Add(3 * time.Hour)); at = at.Add(time.Second) {
		active := 0
		for i := range keys {
			if keys[i].Alg == "ES256" && keys[i].State(at) == oauth.KeyActive {
				active++
			}
		}
		if active != 1 {
			t.Fatalf("%d keys are active after %v: %+v", active, at.Sub(h.now), keys)
		}
	}
	for _, k := range keys {
		if k.ID == "other" && !k.RetiredAt.IsZero() {
			t.Errorf("a key of another algorithm ends: %+v", k)
		}
	}

	must(t, h.RetireSigningKey(ctx, "1", first, h.now.Add(9*time.Hour)))
	if err := h.RetireSigningKey(ctx, "none", first, first); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("no key gives %v", err)
	}
	// The published key takes over from a key that is retired while it is active, and from no other.
	for i, k := range []string{"5", "6"} {
		pair := key(k)
		pair.Alg, pair.CreatedAt, pair.ActiveAt = "PS256", h.now.Add(time.Duration(i)*time.Second), h.now.Add(time.Duration(i)*time.Hour)
		_, err = h.AddSigningKey(ctx, pair, []string{"", "5"}[i], h.now.Add(9*time.Hour))
		must(t, err)
	}
	for _, step := range []struct {
		id           string
		at, activeAt time.Time
	}{
		{"other", h.now.Add(time.Minute), h.now.Add(time.Hour)},
		{"5", h.now.Add(time.Minute), h.now.Add(time.Minute)},
		{"5", h.now.Add(time.Second), h.now.Add(time.Second)},
		{"6", h.now.Add(time.Hour), h.now.Add(time.Second)},
	} {
		must(t, h.RetireSigningKey(ctx, step.id, step.at, h.now.Add(9*time.Hour)))
		keys, err := h.SigningKeys(ctx)
		if i := slices.IndexFunc(keys, func(k oauth.SigningKey) bool { return k.ID == "6" }); err != nil || !keys[i].ActiveAt.Equal(step.activeAt) {
			t.Errorf("after %s is retired: %+v %v", step.id, keys, err)
		}
	}
	must(t, h.EraseSigningKeys(ctx, h.now.Add(time.Minute)))
	if keys, err = h.SigningKeys(ctx); err != nil || !keys[0].RetiredAt.Equal(first) || !keys[0].ExpiresAt.Equal(h.now.Add(time.Hour)) || len(keys[0].Private) == 0 {
		t.Errorf("an end is moved back, or a key that is needed is erased: %+v %v", keys, err)
	}
	must(t, h.EraseSigningKeys(ctx, h.now.Add(2*time.Hour)))
	if keys, err = h.SigningKeys(ctx); err != nil || len(keys[0].Private) != 0 || len(keys[len(keys)-1].Private) == 0 {
		t.Errorf("expired private halves are kept, or others are not: %+v %v", keys, err)
	}
}

func testClients(t *testing.T, h *house) {
	c := FullClient(h.now)
	c.ID, c.Name = "full", "Ünï \"code\""
	before := h.Version()
	must(t, h.CreateClient(ctx, c))
	if h.Version() == before {
		t.Error("the version did not change")
	}
	got, err := h.Client(ctx, "full")
	must(t, err)
	same(t, "client", *got, *c)
	if err := h.CreateClient(ctx, &oauth.Client{ID: "full"}); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a taken id gives %v", err)
	}

	// A client must not have the id of a person (RFC 9700 §4.15).
	if _, err := h.Approve(ctx, oauth.Approval{Now: h.now, Consent: &oauth.Consent{Subject: "with consent", ClientID: "full", Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}}); err != nil {
		t.Fatal(err)
	}
	must(t, h.SetSubject(ctx, "with a mark", false, h.now))
	for _, id := range []string{"with consent", "with a mark"} {
		if err := h.CreateClient(ctx, &oauth.Client{ID: id, CreatedAt: h.now}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("the id of a person %s gives %v", id, err)
		}
		if _, err := h.Client(ctx, id); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("the client with the id of a person %s: %v", id, err)
		}
	}

	got.Name = "second"
	must(t, h.UpdateClient(ctx, got))
	c.Name = "stale"
	if err := h.UpdateClient(ctx, c); !errors.Is(err, oauth.ErrConflict) {
		t.Errorf("a stale save gives %v", err)
	}
	again, err := h.Client(ctx, "full")
	must(t, err)
	if again.Name != "second" || again.Version != got.Version {
		t.Errorf("got %+v", again)
	}
	must(t, h.DeleteClient(ctx, "full"))
	if err := h.UpdateClient(ctx, got); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("saving what is gone gives %v", err)
	}
	if err := h.DeleteClient(ctx, "full"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("deleting what is gone gives %v", err)
	}
	if _, err := h.Client(ctx, "full"); !errors.Is(err, oauth.ErrNotFound) {
		t.Errorf("finding what is gone gives %v", err)
	}

	h.client(t, "c")
	h.user(t, "ada")
	h.family(t, "id-ada")
	usage, err := h.Usage(ctx, oauth.FamilyFilter{ClientID: "c"})
	must(t, err)
	same(t, "usage", usage, oauth.Usage{Families: oauth.Count{N: 1}})
}
