package latchkey_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
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

// TestIssuersAreNoticedBehindAWrapper that a host has put around the Store.
func TestIssuersAreNoticedBehindAWrapper(t *testing.T) {
	store := memstore.New(nil)
	start := func(issuer string) error {
		_, err := latchkey.New(t.Context(), latchkey.Options{
			Issuer: issuer, Store: struct{ latchkey.Store }{store}, MasterKey: make([]byte, 32), NewKey: testkeys.NewSource(),
		})
		return err
	}
	if err := start("https://a.example/o"); err != nil {
		t.Fatal(err)
	}
	if err := start("https://b.example/o"); err == nil || !strings.Contains(err.Error(), "https://a.example/o") {
		t.Errorf("another issuer: %v", err)
	}
}

// TestNothingIsAssertedAboutAStore, because an assertion fails silently behind a wrapper.
func TestNothingIsAssertedAboutAStore(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asserts := regexp.MustCompile(`[sS]tore\.\((interface|[a-zA-Z]*\.?[a-zA-Z]*Store\))`)
	for _, pattern := range []string{"internal/*/*.go", "provider/*.go", "account/*.go", "audit/*.go"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if found := asserts.Find(text); found != nil {
			t.Errorf("%s: %s: put the method into the interface of the Store", name, found)
		}
	}
}

// TestIssuerCanBeChangedAfterRunHasEnded, which is logged as a warning: the server accepts
// what was issued under the earlier issuer.
func TestIssuerCanBeChangedAfterRunHasEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var log bytes.Buffer
	for i, issuer := range []string{"https://a.example/o", "https://b.example/o", "https://a.example/o", "https://a.example/o"} {
		log.Reset()
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
		if err := errors.Join(server.Run(ctx), db.Close()); err != nil || strings.Contains(log.String(), "the issuer was changed") != (i == 1 || i == 2) {
			t.Errorf("%d %s: %v, logged %s", i, issuer, err, log.String())
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
