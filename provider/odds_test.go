package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestOnlyAnAuthorizationCodeIsExchanged(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"an access token": tokens.AccessToken, "a refresh token": tokens.RefreshToken, "the sealed request": handle,
		"an access token dressed as a code": "lk_ac_" + tokens.AccessToken[6:],
		// The request knows the code's secret, but nobody has approved it.
		"the code of a request that nobody approved": oauth.Token{Kind: oauth.KindCode, ID: r.ID, Secret: r.CodeSecret}.String(),
	} {
		_, err := h.exchange(text)
		if err == nil {
			t.Errorf("%s was exchanged", name)
			continue
		}
		wantCode(t, err, "invalid_grant")
	}
}

func TestLoginHintDoesNotChooseTheSubject(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask("login_hint", "bob", "id_token_hint", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.", "claims", `{"id_token":{"sub":{"value":"bob"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	r.Show(h.who)
	location, err := h.Approve(ctx, r, h.who, r.Scope, true)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := h.exchange(answer(t, location.Location()).Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.CheckAccessToken(ctx, tokens.AccessToken); err != nil || got.Subject != "ada-id" {
		t.Errorf("the token is for %q: %v", got.Subject, err)
	}
}

func TestClockSetBackBreaksNoToken(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	h.pass(time.Minute)
	next, err := h.refresh(tokens.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	h.pass(-2 * time.Minute)
	if !h.active(next.AccessToken) {
		t.Error("a token issued later than now is not active")
	}
	again, err := h.refresh(tokens.RefreshToken)
	if err != nil || again.RefreshToken != next.RefreshToken {
		t.Errorf("a replay with the clock set back: %v", err)
	}
	if _, err := h.refresh(next.RefreshToken); err != nil {
		t.Errorf("the next refresh: %v", err)
	}
	code := h.code()
	if _, err := h.exchange(code); err != nil {
		t.Fatal(err)
	}
	h.pass(-time.Hour)
	if _, err := h.exchange(code); err == nil {
		t.Error("a used code was redeemed again after the clock was set back an hour")
	}
}
