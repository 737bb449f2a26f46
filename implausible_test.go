package latchkey_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// With a network of much of the internet, a client could choose its address in
// X-Forwarded-For, and the limits for each address would have no effect.
func TestNewWarnsOfTrustedProxiesThatAreNotANetworkOfProxies(t *testing.T) {
	for network, warned := range map[string]bool{
		"0.0.0.0/0": true, "::/0": true, "0.0.0.0/1": true, "128.0.0.0/1": true, "2000::/3": true,
		"10.0.0.0/8": false, "fc00::/7": false, "127.0.0.1/32": false, "::1/128": false,
	} {
		var log bytes.Buffer
		latchkeytest.New(t, func(o *latchkey.Options) {
			o.TrustedProxies, o.Logger = []netip.Prefix{netip.MustParsePrefix(network)}, slog.New(slog.NewTextHandler(&log, nil))
		})
		if strings.Contains(log.String(), "Options.TrustedProxies contains a large part of the internet") != warned {
			t.Errorf("%s: the log is %s", network, log.String())
		}
	}
}

// TestGuardLogsWhyATokenCannotBeVerified: the client must not see the reason of a 503, so it is in
// the log, once.
func TestGuardLogsWhyATokenCannotBeVerified(t *testing.T) {
	var (
		log  lockedLog
		down atomic.Bool
	)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) {
			if down.Load() {
				return nil, errors.New("LDAP: connection refused")
			}
			return nil, nil
		}
	})
	token := p.Token("ada", "read")
	down.Store(true)
	handler := http.NotFoundHandler()
	for name, api := range map[string]http.Handler{"Require": p.Server.Require("read")(handler), "Guard": p.Server.Guard("").ReadWrite("read", "write")(handler)} {
		log.take()
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		api.ServeHTTP(w, r)
		text := log.take()
		if w.Code != http.StatusServiceUnavailable || strings.Count(text, "level=ERROR") != 1 || strings.Count(text, "LDAP: connection refused") != 1 || strings.Contains(text, token) {
			t.Errorf("%s: got %d and the log %s", name, w.Code, text)
		}
	}
}

// TestGuardWarnsOfAnACRThatNoTokenHas: each client would ask the person to log in again
// (RFC 9470 §3).
func TestGuardWarnsOfAnACRThatNoTokenHas(t *testing.T) {
	var log lockedLog
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	p.Server.Guard("").RequirePolicy(resource.Policy{ACRValues: []string{"mfa", "phr"}})
	if text := log.take(); strings.Count(text, "is not one of Options.ACRValues") != 1 || !strings.Contains(text, "acr=mfa") {
		t.Errorf("the log is %s", text)
	}
}

// The command app add prints the same warning.
func TestImportApplicationWarnsOfASecretThatCanBeGuessed(t *testing.T) {
	generated, _ := oauth.NewClientSecret(time.Now())
	for secret, want := range map[string]string{
		"abc":                          "has only 3 characters and can be guessed",
		"correct-horse-battery-staple": "was chosen by a person",
		generated:                      "",
	} {
		var log bytes.Buffer
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
		if err := p.Server.ImportApplication(t.Context(), app, secret); err != nil {
			t.Fatal(err)
		}
		text := log.String()
		if warned := strings.Contains(text, "Server.RotateSecret"); warned != (want != "") || !strings.Contains(text, want) || strings.Contains(text, secret) {
			t.Errorf("%s: the log is %s", secret, text)
		}
	}
}

// TestResourceOfAGuardCanBeSpelledAsInARequest: the slash at the end makes no difference there
// (RFC 3986 §6.2.3).
func TestResourceOfAGuardCanBeSpelledAsInARequest(t *testing.T) {
	for registered, asked := range map[string]string{
		"https://courts.example/":    "https://courts.example",
		"https://courts.example":     "https://courts.example/",
		"https://courts.example/api": "https://COURTS.example/api",
	} {
		p := latchkeytest.New(t, func(o *latchkey.Options) { o.Resources = []oauth.ResourceInfo{{URI: registered}} })
		client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Resources = []string{registered} })
		token := clientToken(t, p, client.ID, secret, registered)
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		p.Server.RequireResource(asked, "read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: got %d %s", asked, w.Code, w.Header().Get("WWW-Authenticate"))
		}
		if _, err := p.Server.ResourceVerifier(asked).Verify(t.Context(), token); err != nil {
			t.Errorf("%s: %v", asked, err)
		}
	}
}
