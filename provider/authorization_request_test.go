package provider_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestOpenChecksTheClientAgain: the settings of a client can change while the
// sealed request is in the browser.
func TestOpenChecksTheClientAgain(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*oauth.Client)
		code   string
	}{
		"nothing has changed":             {func(*oauth.Client) {}, ""},
		"the redirect URI was removed":    {func(c *oauth.Client) { c.RedirectURIs = []string{"https://app.example/new"} }, "invalid_request"},
		"the client was disabled":         {func(c *oauth.Client) { c.Disabled = true }, "unauthorized_client"},
		"another redirect URI was added":  {func(c *oauth.Client) { c.RedirectURIs = append(c.RedirectURIs, "https://app.example/new") }, ""},
		"only a similar redirect URI":     {func(c *oauth.Client) { c.RedirectURIs = []string{callback + "/"} }, "invalid_request"},
		"the same URI with another query": {func(c *oauth.Client) { c.RedirectURIs = []string{callback + "?a=b"} }, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, redirectURI := range []string{callback, ""} { // the only one may be omitted
				h := newHouse(t, nil)
				r, err := h.ask("redirect_uri", redirectURI)
				if err != nil {
					t.Fatal(err)
				}
				handle, err := h.Seal(r, "browser")
				if err != nil {
					t.Fatal(err)
				}
				stored, err := h.store.Client(ctx, h.id)
				if err != nil {
					t.Fatal(err)
				}
				changed := *stored
				test.change(&changed)
				if err := h.store.UpdateClient(ctx, &changed); err != nil {
					t.Fatal(err)
				}
				opened, err := h.Open(ctx, handle, "browser")
				wantCode(t, err, test.code)
				if errors.Is(err, provider.ErrRequestLost) || (err == nil && opened.RedirectURI != callback) {
					t.Errorf("got %+v, %v", opened, err)
				}
			}
		})
	}
}

func TestOpenFailsIfTheClientWasDeleted(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.store.DeleteClient(ctx, h.id); err != nil {
		t.Fatal(err)
	}
	_, err = h.Open(ctx, handle, "browser")
	wantCode(t, err, "invalid_client")
}

// TestHandleWithAnotherIDDoesNotOpen: the id at the beginning of a handle is not
// encrypted.
func TestHandleWithAnotherIDDoesNotOpen(t *testing.T) {
	h := newHouse(t, nil)
	r, err := h.ask()
	if err != nil {
		t.Fatal(err)
	}
	handle, err := h.Seal(r, "browser")
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(r.ID) {
		sealed, err := base64.RawURLEncoding.DecodeString(handle)
		if err != nil {
			t.Fatal(err)
		}
		sealed[i] ^= 1
		if _, err := h.Open(ctx, base64.RawURLEncoding.EncodeToString(sealed), "browser"); !errors.Is(err, provider.ErrRequestLost) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}
