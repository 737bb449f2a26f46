package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func testCodes(t *testing.T, h *house) {
	h.client(t, "c")
	h.client(t, "other")
	h.user(t, "ada")

	t.Run("a code is redeemed once, with all that was approved", func(t *testing.T) {
		_, code := h.code("id-ada")
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
		r := h.redemption(code)
		got, err := h.Redeem(ctx, r)
		must(t, err)
		code.UsedAt = h.now
		same(t, "code", got.Code, code)
		f, _, err := h.kept(code.ID)
		must(t, err)
		want := r.Family
		want.ID, want.ClientID, want.Subject, want.SessionID, want.Scope, want.AuthTime, want.AccessScope = code.ID, "c", "id-ada", "s", code.Scope, code.AuthTime, code.Scope
		want.Details = code.Details
		same(t, "family", f, want)
		access, standing, err := h.AccessToken(ctx, r.Access.ID)
		must(t, err)
		wantAccess := *r.Access
		wantAccess.ClientID, wantAccess.Subject, wantAccess.FamilyID, wantAccess.Scope = "c", "id-ada", code.ID, code.Scope
		wantAccess.Details = code.Details
		same(t, "access token", access, wantAccess)
		if why := standing.RevokedBecause(access.IssuedAt); why != "" || standing.Username != "ada" {
			t.Errorf("the token does not stand: %q, username %q", why, standing.Username)
		}
		again, err := h.Redeem(ctx, r)
		must(t, err)
		if again.Won || !again.Code.UsedAt.Equal(h.now) {
			t.Errorf("redeemed twice: %+v", again)
		}
	})

	for name, spoil := range map[string]func(*oauth.Redemption){
		"a wrong secret":                 func(r *oauth.Redemption) { r.Hash[0]++ },
		"another client":                 func(r *oauth.Redemption) { r.ClientID = "other" },
		"another redirect URI":           func(r *oauth.Redemption) { r.RedirectURI += "/" },
		"a redirect URI left out":        func(r *oauth.Redemption) { r.RedirectURI = "" },
		"another challenge":              func(r *oauth.Redemption) { r.Challenge = "x" },
		"no challenge":                   func(r *oauth.Redemption) { r.Challenge = "" },
		"the millisecond of the expiry":  func(r *oauth.Redemption) { r.Now = h.now.Add(time.Minute) },
		"a moment long after the expiry": func(r *oauth.Redemption) { r.Now = h.now.Add(time.Hour) },
	} {
		t.Run("a code is not spent by "+name, func(t *testing.T) {
			_, code := h.code("id-ada")
			must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
			r := h.redemption(code)
			spoil(&r)
			got, err := h.Redeem(ctx, r)
			must(t, err)
			same(t, "code as found", got.Code, code)
			if got.Won {
				t.Error("the code was spent")
			}
			if _, _, err := h.kept(code.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("a family was written: %v", err)
			}
			if _, _, err := h.AccessToken(ctx, r.Access.ID); !errors.Is(err, oauth.ErrNotFound) {
				t.Errorf("an access token was written: %v", err)
			}
			if got, err := h.Redeem(ctx, h.redemption(code)); err != nil || !got.Won {
				t.Errorf("the code was burnt: %+v %v", got, err)
			}
		})
	}

	t.Run("a redirect URI that the request omitted may be omitted again, but not changed", func(t *testing.T) {
		_, code := h.code("id-ada")
		code.RedirectURIOmitted = true
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
		r := h.redemption(code)
		r.RedirectURI = "https://evil.example/"
		if got, err := h.Redeem(ctx, r); err != nil || got.Won {
			t.Errorf("got %+v %v", got, err)
		}
		r.RedirectURI = ""
		if got, err := h.Redeem(ctx, r); err != nil || !got.Won {
			t.Errorf("got %+v %v", got, err)
		}
	})

	t.Run("a code that is not there is ErrNotFound", func(t *testing.T) {
		_, code := h.code("id-ada")
		if _, err := h.Redeem(ctx, h.redemption(code)); !errors.Is(err, oauth.ErrNotFound) {
			t.Errorf("got %v", err)
		}
	})

	t.Run("a request approved twice keeps its first code, until that is used", func(t *testing.T) {
		_, code := h.code("id-ada")
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: code}))
		second := code
		second.Scope = oauth.Scopes{"admin"}
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: second}))
		got, err := h.Redeem(ctx, h.redemption(code))
		must(t, err)
		same(t, "scope", got.Code.Scope, code.Scope)
		if err := h.ApproveCode(ctx, oauth.CodeApproval{Code: code}); !errors.Is(err, oauth.ErrConflict) {
			t.Errorf("approving a used code gives %v", err)
		}
	})

	t.Run("consent grows and is remembered", func(t *testing.T) {
		if _, err := h.Consent(ctx, "id-ada", "c"); !errors.Is(err, oauth.ErrNotFound) {
			t.Fatalf("before: %v", err)
		}
		_, first := h.code("id-ada")
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: first, Consent: &oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"read"}, GrantedAt: h.now, UpdatedAt: h.now}}))
		_, second := h.code("id-ada")
		later := h.now.Add(time.Second)
		must(t, h.ApproveCode(ctx, oauth.CodeApproval{Code: second, Consent: &oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"write", "read"}, GrantedAt: later, UpdatedAt: later}}))
		got, err := h.Consent(ctx, "id-ada", "c")
		must(t, err)
		same(t, "consent", got, oauth.Consent{Subject: "id-ada", ClientID: "c", Scope: oauth.Scopes{"read", "write"}, GrantedAt: h.now, UpdatedAt: later})
	})
}
