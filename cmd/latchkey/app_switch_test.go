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
// another change ends with a conflict. The program saves it a hundred times a second.
// If it never paused, the command could wait for too long: of the processes that want
// to write, SQLite prefers none.
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
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ; ; <-tick.C {
			c, err := store.Client(ctx, "shop")
			if err == nil {
				err = store.UpdateClient(ctx, c)
			}
			switch {
			case ctx.Err() != nil:
				done <- nil
				return
			case err != nil && !errors.Is(err, oauth.ErrConflict):
				done <- err
				return
			}
			select {
			case saved <- struct{}{}:
			default:
			}
		}
	}()
	<-saved
	run := func(args ...string) {
		t.Helper()
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
