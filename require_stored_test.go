package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unreadable is a Store whose definitions can be unavailable.
type unreadable struct {
	latchkey.Store
	down atomic.Bool
}

func (s *unreadable) Definitions(ctx context.Context) ([]oauth.Definition, error) {
	if s.down.Load() {
		return nil, oauth.ErrUnavailable
	}
	return s.Store.Definitions(ctx)
}

// RFC 8707 §2: TestAPIRefusesEveryTokenWhileItsResourceDoesNotExist: an administrator can add the resource
// after the start, and delete it. A token that was issued before is then refused, too.
func TestAPIRefusesEveryTokenWhileItsResourceDoesNotExist(t *testing.T) {
	const uri = "https://ship.example/api"
	var log bytes.Buffer
	store := new(unreadable)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		store.Store, o.Store = o.Store, store
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	})
	client, secret := p.AddClient("https://app.example/cb", nil)
	api := p.Server.RequireResource("https://SHIP.example/api/", "read")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	if want := "an API refuses every token, because its resource is neither one of Options.Resources nor in the database"; !strings.Contains(log.String(), want) {
		t.Errorf("got the log %s", log.String())
	}
	guard := p.Server.Guard("https://SHIP.example/api/")
	guard.AuthenticateClient = p.Server.AuthenticateClient("https://SHIP.example/api/")
	byClient := guard.Require("read")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	check := func(when, token string, status int) {
		t.Helper()
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Authorization", "Bearer "+token)
		if api.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: got %d %s, want %d", when, w.Code, w.Header().Get("WWW-Authenticate"), status)
		}
		r, w = httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.SetBasicAuth(client.ID, secret)
		if byClient.ServeHTTP(w, r); w.Code != status {
			t.Errorf("%s: with the credentials of the client, got %d %s, want %d", when, w.Code, w.Header().Get("WWW-Authenticate"), status)
		}
	}
	row := oauth.Definition{Kind: oauth.DefinesResource, Name: uri, Settings: json.RawMessage(`{}`), CreatedAt: p.Now(), UpdatedAt: p.Now(), Version: 1}
	check("before it exists", clientToken(t, p, client.ID, secret), http.StatusUnauthorized)
	if err := store.AddDefinition(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	token := clientToken(t, p, client.ID, secret, uri)
	check("after it was added", token, http.StatusOK)
	row.Settings = json.RawMessage(`{"newer":true}`)
	if err := store.UpdateDefinition(t.Context(), row, 0); err != nil {
		t.Fatal(err)
	}
	check("while it has a fault", token, http.StatusUnauthorized)
	row.Settings, row.Version = json.RawMessage(`{}`), 2
	if err := store.UpdateDefinition(t.Context(), row, 0); err != nil {
		t.Fatal(err)
	}
	check("after the fault", token, http.StatusOK)
	store.down.Store(true)
	if err := store.RemoveDefinition(t.Context(), oauth.DefinesResource, uri, 0, 0); err != nil {
		t.Fatal(err)
	}
	check("while the database is unavailable", token, http.StatusServiceUnavailable)
	store.down.Store(false)
	check("after it was deleted", token, http.StatusUnauthorized)
}

// TestURIThatNoResourceCanHaveCausesAPanic: it is a mistake in the program, and no administrator
// can fix it.
func TestURIThatNoResourceCanHaveCausesAPanic(t *testing.T) {
	p := latchkeytest.New(t)
	for _, uri := range []string{"notes", "", "https://api.example/#a", p.Issuer, p.Issuer + "/"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("RequireResource accepts %q", uri)
				}
			}()
			p.Server.RequireResource(uri)
		}()
	}
}
