package provider_test

import (
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const otherCallback = "https://app.example/other"

// RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5: one condition at a time is not
// met. The refusal has the right reason, and the code stays valid for the
// client that can meet all of them.
func TestCodeIsRefusedWithTheReasonThatDiffers(t *testing.T) {
	for _, c := range []struct {
		name   string
		ask    []string // changes the authorization request
		token  []string // changes the token request
		reason string   // "" means that the code is redeemed
	}{
		{name: "all conditions met"},
		{name: "another secret", token: []string{"code", oauth.NewToken(oauth.KindCode, time.Now()).String()}, reason: "unknown"},
		{name: "another redirect URI", token: []string{"redirect_uri", otherCallback}, reason: "wrong_redirect_uri"},
		{name: "the redirect URI omitted", token: []string{"redirect_uri", ""}, reason: "wrong_redirect_uri"},
		{name: "no verifier", token: []string{"code_verifier", ""}, reason: "no_verifier"},
		{name: "another verifier", token: []string{"code_verifier", verifier + "x"}, reason: "wrong_verifier"},
		{name: "a verifier without a challenge", ask: []string{"code_challenge", "", "code_challenge_method", "", "scope", "openid", "nonce", "n"}, reason: "unwanted_verifier"},
		{name: "neither verifier nor challenge", ask: []string{"code_challenge", "", "code_challenge_method", "", "scope", "openid", "nonce", "n"}, token: []string{"code_verifier", ""}},

		// The authorization request omitted redirect_uri.
		{name: "omitted twice", ask: []string{"redirect_uri", ""}, token: []string{"redirect_uri", ""}},
		{name: "omitted first, then the only registered URI", ask: []string{"redirect_uri", ""}},
		{name: "omitted first, then another URI", ask: []string{"redirect_uri", ""}, token: []string{"redirect_uri", otherCallback}, reason: "wrong_redirect_uri"},
		{name: "omitted first, then the registered URI in other letters", ask: []string{"redirect_uri", ""}, token: []string{"redirect_uri", "https://APP.example/cb"}, reason: "wrong_redirect_uri"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, nil)
			code := h.code(c.ask...)
			if id := c.token; len(id) == 2 && id[0] == "code" {
				// The ID of the real code with another secret.
				real, _ := oauth.ParseToken(code, oauth.KindCode)
				id[1] = oauth.Token{Kind: oauth.KindCode, ID: real.ID, Secret: [32]byte{9}}.String()
			}
			_, err := h.exchange(code, c.token...)
			if c.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var refused *oauth.Error
			if !errors.As(err, &refused) || refused.Code != oauth.CodeInvalidGrant || refused.Reason != c.reason {
				t.Fatalf("got %v, want invalid_grant because of %s", err, c.reason)
			}
			right := []string{}
			if len(c.ask) > 0 && c.ask[0] == "code_challenge" {
				right = []string{"code_verifier", ""}
			}
			if _, err := h.exchange(code, right...); err != nil {
				t.Errorf("afterwards the client itself gets %v", err)
			}
		})
	}
}

// RFC 6749 §4.1.3: a code is bound to its client.
func TestCodeOfAnotherClientIsRefusedAndStaysValid(t *testing.T) {
	h := newHouse(t, nil)
	other := &oauth.Client{ID: "other", Name: "Other", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback}}
	key := other.RotateSecret(h.now, 0)
	h.add(other)
	code := h.code()
	_, err := h.exchange(code, "client_id", "other", "client_secret", key)
	var refused *oauth.Error
	if !errors.As(err, &refused) || refused.Reason != "foreign" {
		t.Errorf("got %v", err)
	}
	if _, err := h.exchange(code); err != nil {
		t.Errorf("afterwards the client itself gets %v", err)
	}
}

// RFC 6749 §4.1.3: the rule for an omitted redirect_uri must not accept any
// URI of a client that has several.
func TestOmittedRedirectURIOfAClientThatRegisteredAnotherSince(t *testing.T) {
	h := newHouse(t, nil)
	code := h.code("redirect_uri", "")
	client, err := h.store.Client(ctx, h.id)
	if err != nil {
		t.Fatal(err)
	}
	client.RedirectURIs = append(client.RedirectURIs, otherCallback)
	if err := h.store.UpdateClient(ctx, client); err != nil {
		t.Fatal(err)
	}
	if _, err := h.exchange(code, "redirect_uri", otherCallback); err == nil {
		t.Error("another registered URI was accepted")
	}
	if _, err := h.exchange(code, "redirect_uri", ""); err != nil {
		t.Errorf("omitted again: %v", err)
	}
}
