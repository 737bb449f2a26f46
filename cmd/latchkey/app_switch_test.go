package main

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestApplicationIsDisabledWhileAProgramKeepsSavingIt: neither disabling nor
// another change ends with a conflict. The program saves it up to a hundred times a
// second. Each pause is ten times as long as the save before it, however slow the
// machine is: without pauses, the command could wait for too long, because of the
// processes that want to write, SQLite prefers none.
func TestApplicationIsDisabledWhileAProgramKeepsSavingIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	file := filepath.Join(t.TempDir(), "latchkey.db")
	store, err := sqlite.Open(ctx, file, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.CreateClient(ctx, &oauth.Client{ID: "shop", Name: "Shop", Type: oauth.Public, RedirectURIs: []string{"https://app.example/cb"}, GrantTypes: []string{oauth.GrantAuthorizationCode}}); err != nil {
		t.Fatal(err)
	}
	saved, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			began := time.Now()
			c, err := store.Client(ctx, "shop")
			if err == nil {
				err = store.UpdateClient(ctx, c)
			}
			pause := time.After(max(10*time.Millisecond, 10*time.Since(began)))
			switch {
			case ctx.Err() != nil:
				done <- nil
				return
			case err != nil && !errors.Is(err, oauth.ErrConflict) && !errors.Is(err, oauth.ErrUnavailable):
				done <- err
				return
			}
			select {
			case saved <- struct{}{}:
			default:
			}
			<-pause
		}
	}()
	run := func(args ...string) {
		t.Helper()
		select { // the program still saves it
		case <-saved:
		case err := <-done:
			t.Fatal(err)
		}
		if out, err := exec.Command(program(t), append([]string{"--db", file, "app"}, args...)...).CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	for range 3 {
		run("disable", "shop")
		run("edit", "shop", "--client-name", "Shop "+time.Now().String())
		run("enable", "shop")
	}
	run("disable", "shop")
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if c, err := store.Client(context.Background(), "shop"); err != nil || !c.Disabled {
		t.Errorf("got %+v, %v", c, err)
	}
}
