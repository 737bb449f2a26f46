package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testFamilies(t *testing.T, h *house) {
	h.client(t, "c")
	h.client(t, "other")
	h.user(t, "ada")

	t.Run("a refresh token is spent once, and its family moves on", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		r := h.rotation(f)
		got, err := h.Rotate(ctx, r)
		must(t, err)
		want := f
		want.Previous, want.Hash, want.Generation, want.RotatedAt, want.IdleExpiresAt, want.AccessScope = f.Hash, r.Next, 1, h.now, r.IdleExpiresAt, f.Scope
		want.ReplayUntil = r.ReplayUntil
		same(t, "family", got.Family, want)
		access, _, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		if access.Subject != "id-ada" || access.FamilyID != f.ID || !access.Scope.Equal(f.Scope) {
			t.Errorf("access token %+v", access)
		}
		again, err := h.Rotate(ctx, r)
		must(t, err)
		if again.Won {
			t.Error("spent twice")
		}
		same(t, "family as found", again.Family, want)
	})

	t.Run("a family has the address of its last token request", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		same(t, "address of the first request", f.Address, "192.0.2.1")
		r := h.rotation(f)
		r.Address = "2001:db8::7"
		got, err := h.Rotate(ctx, r)
		must(t, err)
		stored, _, err := h.Family(ctx, f.ID)
		must(t, err)
		r.Address = "192.0.2.66"
		_, err = h.Rotate(ctx, r) // the token was exchanged before
		must(t, err)
		after, _, err := h.Family(ctx, f.ID)
		must(t, err)
		same(t, "addresses", []string{got.Family.Address, stored.Address, after.Address}, []string{"2001:db8::7", "2001:db8::7", "2001:db8::7"})
		r = h.rotation(got.Family)
		r.Next, r.Address = oauth.Hash{3}, ""
		got, err = h.Rotate(ctx, r)
		must(t, err)
		same(t, "address after a refresh from an unknown address", got.Family.Address, "")
	})

	t.Run("the addresses and consents of a person are erased, and no others", func(t *testing.T) {
		h.user(t, "bob")
		h.client(t, "discarded")
		for _, consent := range []oauth.Consent{{Subject: "id-ada", ClientID: "c"}, {Subject: "id-ada", ClientID: "discarded"}, {Subject: "id-bob", ClientID: "c"}} {
			consent.Scope, consent.GrantedAt, consent.UpdatedAt = oauth.Scopes{"read"}, h.now, h.now
			must(t, h.approve(oauth.Approval{Consent: &consent, Shown: consent.Scope}))
		}
		must(t, h.DiscardClient(ctx, "discarded", 0, h.now))
		f, _ := h.family(t, "id-ada")
		other, _ := h.family(t, "id-bob")
		must(t, h.EraseSubject(ctx, "id-ada"))
		must(t, h.EraseSubject(ctx, "unknown"))
		got, _, err := h.Family(ctx, f.ID)
		must(t, err)
		f.Address = ""
		same(t, "family of the person", got, f)
		got, _, err = h.Family(ctx, other.ID)
		must(t, err)
		same(t, "family of another person", got, other)
		must(t, h.RestoreClient(ctx, "discarded", h.now))
		for _, clientID := range []string{"c", "discarded"} {
			if _, err := h.Consent(ctx, "id-ada", clientID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("the consent for the client %q remains: %v", clientID, err)
			}
		}
		_, err = h.Consent(ctx, "id-bob", "c")
		must(t, err)
	})

	t.Run("a narrower scope is the access token's alone", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		r := h.rotation(f)
		r.Scope = oauth.Scopes{"read"}
		got, err := h.Rotate(ctx, r)
		must(t, err)
		access, _, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		same(t, "scopes", []oauth.Scopes{got.Family.Scope, got.Family.AccessScope, access.Scope}, []oauth.Scopes{{"read", "write"}, {"read"}, {"read"}})
	})

	t.Run("a narrower audience is stored with the access token and in the family, until the next refresh", func(t *testing.T) {
		f, _ := h.family(t, "id-ada")
		r := h.rotation(f)
		r.Audience = oauth.Audience{"https://one.example.com", "https://two.example.com/api"}
		got, err := h.Rotate(ctx, r)
		must(t, err)
		stored, _, err := h.Family(ctx, f.ID)
		must(t, err)
		access, _, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		same(t, "audiences", []oauth.Audience{got.Family.AccessAudience, stored.AccessAudience, access.Audience}, []oauth.Audience{r.Audience, r.Audience, r.Audience})
		r = h.rotation(got.Family)
		got, err = h.Rotate(ctx, r)
		must(t, err)
		access, _, err = h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		same(t, "audiences after a refresh without one", []oauth.Audience{got.Family.AccessAudience, access.Audience}, []oauth.Audience{nil, nil})
	})

	for name, spoil := range map[string]func(*oauth.Rotation){
		"another token":       func(r *oauth.Rotation) { r.Presented[5]++ },
		"no token at all":     func(r *oauth.Rotation) { r.Presented = oauth.Hash{} },
		"another client":      func(r *oauth.Rotation) { r.ClientID = "other" },
		"the idle expiry":     func(r *oauth.Rotation) { r.Now = h.now.Add(time.Hour) },
		"the absolute expiry": func(r *oauth.Rotation) { r.Now = h.now.Add(2 * time.Hour) },
	} {
		t.Run("a refresh token is not spent by "+name, func(t *testing.T) {
			f, _ := h.family(t, "id-ada")
			r := h.rotation(f)
			spoil(&r)
			got, err := h.Rotate(ctx, r)
			must(t, err)
			if got.Won {
				t.Error("it was spent")
			}
			same(t, "family as found", got.Family, f)
			if _, _, err := h.AccessToken(ctx, r.Access.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("an access token was written: %v", err)
			}
		})
	}

	t.Run("a family without a refresh token cannot be rotated", func(t *testing.T) {
		ticket := h.put(t, "id-ada")
		r := h.spend(ticket)
		r.Family.Hash = oauth.Hash{}
		_, err := h.Spend(ctx, r)
		must(t, err)
		got, err := h.Rotate(ctx, oauth.Rotation{FamilyID: ticket.ID, ClientID: "c", Next: oauth.Hash{9}, Now: h.now, IdleExpiresAt: h.now.Add(time.Hour)})
		if err != nil || got.Won {
			t.Errorf("got %+v %v", got, err)
		}
	})

	t.Run("a family that is not there is ErrNotFound", func(t *testing.T) {
		if _, err := h.Rotate(ctx, oauth.Rotation{FamilyID: oauth.NewID(h.now), Now: h.now}); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})
}

func testRevoking(t *testing.T, h *house) {
	h.client(t, "c")
	h.client(t, "other")
	h.user(t, "ada")
	revoked := func(t *testing.T, f oauth.Family) bool {
		t.Helper()
		got, standing, err := h.kept(f.ID)
		must(t, err)
		if got.RevokedAt.IsZero() == standing.FamilyRevoked {
			t.Error("the family and its standing disagree")
		}
		return !got.RevokedAt.IsZero()
	}

	t.Run("an access token takes its family along", func(t *testing.T) {
		f, access := h.family(t, "id-ada")
		must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Access: &access}))
		if !revoked(t, f) {
			t.Error("the family lives")
		}
		if _, _, err := h.AccessToken(ctx, access.ID); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("the token lives: %v", err)
		}
		if got, err := h.Rotate(ctx, h.rotation(f)); err != nil || got.Won {
			t.Errorf("rotated after its end: %+v %v", got, err)
		}
	})

	t.Run("a family takes its access tokens along", func(t *testing.T) {
		f, access := h.family(t, "id-ada")
		must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Families: []oauth.ID{f.ID}}))
		_, standing, err := h.AccessToken(ctx, access.ID)
		if err == nil && !standing.FamilyRevoked {
			t.Error("the access token is still valid")
		}
	})

	t.Run("several families are revoked at once, and only those of the client", func(t *testing.T) {
		var ids []oauth.ID
		var families []oauth.Family
		for range 3 {
			f, _ := h.family(t, "id-ada")
			families, ids = append(families, f), append(ids, f.ID)
		}
		other, _ := h.family(t, "id-ada")
		must(t, h.revoke(oauth.Revocation{ClientID: "other", At: h.now, Families: ids}))
		if revoked(t, families[0]) {
			t.Error("another client revoked them")
		}
		must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, Families: append([]oauth.ID{oauth.NewID(h.now)}, ids...)}))
		for i, f := range families {
			if !revoked(t, f) {
				t.Errorf("family %d is valid", i)
			}
		}
		if revoked(t, other) {
			t.Error("a family that was not named is revoked")
		}
	})

	t.Run("a revocation reports whether it revoked anything, and for whom", func(t *testing.T) {
		f, access := h.family(t, "id-ada")
		without := oauth.AccessToken{ID: oauth.NewID(h.now), Hash: oauth.Hash{2}, ClientID: "c", IssuedAt: h.now, ExpiresAt: h.now.Add(time.Hour)}
		must(t, h.Issue(ctx, without))
		second, left := h.family(t, "id-bob")
		jti := oauth.NewID(h.now)
		for i, c := range []struct {
			r       oauth.Revocation
			want    bool
			subject string
		}{
			{oauth.Revocation{ClientID: "other", Access: &access}, false, ""},
			{oauth.Revocation{ClientID: "other", Families: []oauth.ID{f.ID}}, false, ""},
			{oauth.Revocation{ClientID: "c", Access: &oauth.AccessToken{ID: oauth.NewID(h.now)}}, false, ""},
			{oauth.Revocation{ClientID: "c", Families: []oauth.ID{oauth.NewID(h.now)}}, false, ""},
			{oauth.Revocation{ClientID: "c", Access: &access}, true, "id-ada"},
			{oauth.Revocation{ClientID: "c", Access: &access}, false, ""},
			{oauth.Revocation{ClientID: "c", Families: []oauth.ID{f.ID}}, false, ""},
			{oauth.Revocation{ClientID: "c", Access: &without}, true, ""},
			{oauth.Revocation{ClientID: "c", Access: &without}, false, ""},
			{oauth.Revocation{ClientID: "c", Families: []oauth.ID{f.ID, second.ID}}, true, "id-bob"},
			{oauth.Revocation{ClientID: "c", Families: []oauth.ID{f.ID, second.ID}}, false, ""},
			{oauth.Revocation{ClientID: "c", Access: &left}, true, "id-bob"}, // its family was revoked before
			{oauth.Revocation{ClientID: "c", JWT: jti, JWTExpiresAt: h.now.Add(time.Hour)}, true, ""},
			{oauth.Revocation{ClientID: "c", JWT: jti, JWTExpiresAt: h.now.Add(time.Hour)}, false, ""},
		} {
			c.r.At = h.now
			if revoked, subject, err := h.Revoke(ctx, c.r); err != nil || revoked != c.want || subject != c.subject {
				t.Errorf("%d: got %v, %q, %v; want %v, %q", i, revoked, subject, err, c.want, c.subject)
			}
		}
	})

	for name, r := range map[string]func(oauth.Family, oauth.AccessToken) oauth.Revocation{
		"another client's family": func(f oauth.Family, _ oauth.AccessToken) oauth.Revocation {
			return oauth.Revocation{ClientID: "other", At: h.now, Families: []oauth.ID{f.ID}}
		},
		"another client's access token": func(_ oauth.Family, a oauth.AccessToken) oauth.Revocation {
			return oauth.Revocation{ClientID: "other", At: h.now, Access: &a}
		},
		"an access token without its secret": func(_ oauth.Family, a oauth.AccessToken) oauth.Revocation {
			a.Hash[0]++
			return oauth.Revocation{ClientID: "c", At: h.now, Access: &a}
		},
	} {
		t.Run(name+" stays", func(t *testing.T) {
			f, access := h.family(t, "id-ada")
			must(t, h.revoke(r(f, access)))
			_, standing, err := h.AccessToken(ctx, access.ID)
			if revoked(t, f) || err != nil || standing.FamilyRevoked {
				t.Errorf("it was ended: %v", err)
			}
		})
	}

	t.Run("tokens of a refresh during a revocation of everything are revoked with their family", func(t *testing.T) {
		for name, revoke := range map[string]func(at time.Time){
			"of the person":      func(at time.Time) { must(t, h.SetSubject(ctx, "id-eve", false, at)) },
			"of the application": func(at time.Time) { must(t, h.RevokeClient(ctx, "c", at)) },
		} {
			f, _ := h.family(t, "id-eve")
			h.setNow(h.now.Add(time.Second))
			at := h.now
			h.setNow(h.now.Add(time.Millisecond))
			r := h.rotation(f)
			got, err := h.Rotate(ctx, r)
			must(t, err)
			revoke(at)
			_, standing, err := h.AccessToken(ctx, r.Access.ID)
			jwt, also := h.JWTStanding(ctx, oauth.NewID(h.now), f.ID, "c", "id-eve")
			if !got.Won || err != nil || also != nil || standing.RevokedBecause(h.now) == "" || jwt.RevokedBecause(h.now) == "" {
				t.Errorf("%s: %+v %v; JWT %+v %v", name, standing, err, jwt, also)
			}
			h.setNow(h.now.Add(time.Second))
		}
	})

	t.Run("a JWT is revoked by its jti", func(t *testing.T) {
		jti := oauth.NewID(h.now)
		must(t, h.revoke(oauth.Revocation{ClientID: "c", At: h.now, JWT: jti, JWTExpiresAt: h.now.Add(time.Hour)}))
		standing, err := h.JWTStanding(ctx, jti, oauth.ID{}, "c", "")
		must(t, err)
		other, err := h.JWTStanding(ctx, oauth.NewID(h.now), oauth.ID{}, "c", "")
		must(t, err)
		if !standing.TokenRevoked || other.TokenRevoked {
			t.Errorf("got %+v and %+v", standing, other)
		}
	})

	t.Run("withdrawing a consent revokes everything issued for it, only for that application", func(t *testing.T) {
		ticket := h.ticket("id-ada")
		must(t, h.approve(oauth.Approval{Put: &ticket, Consent: h.consent("read")}))
		f, _ := h.family(t, "id-ada")
		unspent := h.put(t, "id-ada")
		must(t, h.WithdrawConsent(ctx, "id-ada", "other", h.now))
		if revoked(t, f) {
			t.Error("the wrong application's tokens ended")
		}
		must(t, h.WithdrawConsent(ctx, "id-ada", "c", h.now))
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) || !revoked(t, f) {
			t.Errorf("after: %v", err)
		}
		if got, err := h.Spend(ctx, h.spend(unspent)); got.Won {
			t.Errorf("a ticket was valid after the consent was withdrawn: %v", err)
		}
	})
}

func testStanding(t *testing.T, h *house) {
	for name, change := range map[string]func(t *testing.T, c *oauth.Client){
		"a disabled client": func(t *testing.T, c *oauth.Client) {
			t.Helper()
			c.Disabled = true
			must(t, h.UpdateClient(ctx, c))
		},
		"a revoked client": func(t *testing.T, c *oauth.Client) { t.Helper(); must(t, h.RevokeClient(ctx, c.ID, h.now)) },
		"a blocked person": func(t *testing.T, _ *oauth.Client) {
			t.Helper()
			must(t, h.SetSubject(ctx, "id-ada", true, time.Time{}))
		},
		"a revoked person": func(t *testing.T, _ *oauth.Client) { t.Helper(); must(t, h.SetSubject(ctx, "id-ada", false, h.now)) },
	} {
		t.Run("everything of "+name+" is revoked", func(t *testing.T) {
			if _, err := h.Client(ctx, "c"); err == nil {
				must(t, h.DeleteClient(ctx, "c"))
			}
			c := h.client(t, "c")
			must(t, h.SetSubject(ctx, "id-ada", false, time.Time{}))
			h.setNow(h.now.Add(time.Second))
			f, access := h.family(t, "id-ada")
			ticket := h.put(t, "id-ada")
			change(t, c)
			if got, err := h.Change(ctx, oauth.ChangeRequest{Kind: someKind, ID: ticket.ID, From: "ready", To: "done", Now: h.now}); err != nil || got.Won || got.Standing.RevokedBecause(ticket.IssuedAt) == "" {
				t.Errorf("the change of a ticket: %+v %v", got, err)
			}
			if got, err := h.Spend(ctx, h.spend(ticket)); err != nil || got.Won || got.Standing.RevokedBecause(ticket.IssuedAt) == "" {
				t.Errorf("the ticket: %+v %v", got, err)
			}
			if got, err := h.Rotate(ctx, h.rotation(f)); err != nil || got.Won || got.Standing.RevokedBecause(f.IssuedAt) == "" {
				t.Errorf("the refresh token: %+v %v", got, err)
			}
			if _, standing, err := h.AccessToken(ctx, access.ID); err != nil || standing.RevokedBecause(access.IssuedAt) == "" {
				t.Errorf("the access token: %+v %v", standing, err)
			}
			if standing, err := h.JWTStanding(ctx, oauth.NewID(h.now), f.ID, "c", "id-ada"); err != nil || standing.RevokedBecause(h.now) == "" {
				t.Errorf("the JWT: %+v %v", standing, err)
			}
		})
	}

	t.Run("the tokens of a deleted client are invalid, and stay invalid when its ID is used again", func(t *testing.T) {
		must(t, h.SetSubject(ctx, "id-ada", false, time.Time{}))
		h.setNow(h.now.Add(time.Second))
		must(t, h.DeleteClient(ctx, "c"))
		h.client(t, "c")
		_, access := h.family(t, "id-ada")
		must(t, h.DeleteClient(ctx, "c"))
		if _, standing, err := h.AccessToken(ctx, access.ID); err == nil && standing.RevokedBecause(access.IssuedAt) == "" {
			t.Error("the token is valid without its client")
		}
		h.setNow(h.now.Add(2 * time.Hour)) // past the house's back-dated creation
		h.client(t, "c")
		if _, standing, err := h.AccessToken(ctx, access.ID); err == nil && standing.RevokedBecause(access.IssuedAt) == "" {
			t.Error("the token came to life again")
		}
	})

	t.Run("revoking never moves back", func(t *testing.T) {
		must(t, h.SetSubject(ctx, "id-bob", false, h.now))
		must(t, h.SetSubject(ctx, "id-bob", false, h.now.Add(-time.Hour)))
		standing, err := h.JWTStanding(ctx, oauth.ID{1}, oauth.ID{}, "c", "id-bob")
		must(t, err)
		if !standing.SubjectRevokedBefore.Equal(h.now) {
			t.Errorf("got %s, want %s", standing.SubjectRevokedBefore, h.now)
		}
	})

	t.Run("a JWT whose family or client is gone does not stand", func(t *testing.T) {
		standing, err := h.JWTStanding(ctx, oauth.ID{1}, oauth.NewID(h.now), "nobody", "")
		must(t, err)
		if !standing.FamilyRevoked || !standing.ClientMissing {
			t.Errorf("got %+v", standing)
		}
	})
}
