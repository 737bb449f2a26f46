package latchkey_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestStoreServesOneIssuer: with two, each would accept the opaque tokens of the other.
// Several servers of one issuer can share a Store.
func TestStoreServesOneIssuer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	var log bytes.Buffer
	start := func(issuer string, store latchkey.Store) error {
		log.Reset()
		_, err := latchkey.New(t.Context(), latchkey.Options{
			Issuer: issuer, Store: store, MasterKey: make([]byte, 32), NewKey: testkeys.NewSource(), Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		return err
	}
	const a, b = "https://a.example/o", "https://b.example/o"
	for name, store := range map[string]latchkey.Store{"memstore": memstore.New(nil), "SQLite": db} {
		for range 2 {
			if err := start(a, store); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := start(b, store); err == nil || !strings.Contains(err.Error(), a) || !strings.Contains(err.Error(), "Give each issuer its own Store") {
			t.Errorf("%s: another issuer: %v", name, err)
		}
	}
	again, err := sqlite.Open(t.Context(), path, sqlite.Options{}) // as another process
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if err := start(a, again); err != nil {
		t.Errorf("the same issuer in another process: %v", err)
	}
	third, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = third.Close() })
	if err := start(b, third); err == nil || !strings.Contains(err.Error(), "the Issuer is "+b+", but a server with the issuer "+a+" uses this database") {
		t.Errorf("another issuer in another process: %v", err)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}

// TestIssuerCanBeChangedAfterRunHasEnded: the server that has stopped accepts no tokens,
// so nothing is unsafe, and nothing is logged.
func TestIssuerCanBeChangedAfterRunHasEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var log bytes.Buffer
	for _, issuer := range []string{"https://a.example/o", "https://b.example/o", "https://a.example/o"} {
		db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		server, err := latchkey.New(t.Context(), latchkey.Options{
			Issuer: issuer, Store: db, MasterKey: make([]byte, 32), NewKey: testkeys.NewSource(), Logger: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if err := errors.Join(server.Run(ctx), db.Close()); err != nil || log.Len() > 0 {
			t.Errorf("%s: %v, logged %s", issuer, err, log.String())
		}
	}
}

// TestCookiesOfIssuersOnOneHostHaveDifferentNames, and a login works with them.
func TestCookiesOfIssuersOnOneHostHaveDifferentNames(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.CookieSuffix = "_acme" })
	p.AddUser("ada", true)
	b := p.Browser()
	page := b.LogIn(b.Open(p.URL+"/admin/"), "ada")
	if page.StatusCode != 200 || page.Request.URL.Path != "/admin/" {
		t.Errorf("after the login: %s %s", page.Status, page.Request.URL)
	}
	cookies := b.Jar.Cookies(page.Request.URL)
	for _, cookie := range cookies {
		if !strings.HasSuffix(cookie.Name, "_acme") {
			t.Errorf("the cookie %s has no suffix", cookie.Name)
		}
	}
	if len(cookies) == 0 {
		t.Error("there are no cookies")
	}
	_, err := latchkey.New(t.Context(), latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), CookieSuffix: "; Path=/"})
	if err == nil || !strings.Contains(err.Error(), "CookieSuffix") {
		t.Errorf("a suffix that is not a name: %v", err)
	}
}
