package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// testFirstAdmin creates the first administrator many times at once, in a Store that has
// another user.
func testFirstAdmin(t *testing.T, h *house) {
	h.user(t, "ada")
	create := func(name string) error {
		return h.CreateUser(ctx, &account.User{ID: "id-" + name, Username: name, Admin: true, CreatedAt: h.now, UpdatedAt: h.now}, name, account.IfFirstAdmin)
	}
	must(t, h.UseIssuer(ctx, oauth.IssuerUse{Server: "1", Issuer: "https://id.example", Lasts: time.Minute, HostPeople: true}))
	for _, name := range []string{"ada", "root"} {
		if err := create(name); !errors.Is(err, account.ErrHostPeople) {
			t.Errorf("with the people of a host program, as %s: %v", name, err)
		}
	}
	must(t, h.ForgetHostPeople(ctx))
	if err := create("ada"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("with a name that is taken: %v", err)
	}
	created := 0
	for _, err := range together(crowd, func(i int) error { return create(fmt.Sprint("root", i)) }) {
		switch {
		case err == nil:
			created++
		case !errors.Is(err, account.ErrConflict):
			t.Error(err)
		}
	}
	if created != 1 {
		t.Errorf("%d first administrators were created", created)
	}
	if err := create("late"); !errors.Is(err, account.ErrConflict) {
		t.Errorf("afterwards: %v", err)
	}
}
