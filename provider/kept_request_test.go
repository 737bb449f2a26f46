package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestKeptRequestIsTakenOnceByItsOwner(t *testing.T) {
	h := newHouse(t, nil)
	keep := func() string {
		id, err := h.KeepRequest(ctx, "the handle", "reset", "app", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	take := func(id, by, client, want string) {
		t.Helper()
		if got, err := h.TakeRequest(ctx, id, by, client); err != nil || got != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	}
	id := keep()
	take(id, "another reset", "app", "")
	take(id, "reset", "another app", "")
	take(oauth.NewID(h.now).String(), "reset", "app", "")
	take("no id", "reset", "app", "")
	take(id, "reset", "app", "the handle")
	take(id, "reset", "app", "")
	id = keep()
	h.now = h.now.Add(time.Minute)
	take(id, "reset", "app", "")
}
