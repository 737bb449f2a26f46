package latchkey_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestPeopleAreFoundByOneVerifiedAddress(t *testing.T) {
	ctx, store := context.Background(), memstore.New(time.Now)
	for _, u := range []struct {
		id, email string
		verified  bool
	}{
		{"ada", "ada@example.com", true},
		{"bob", "bob@example.com", false},
		{"eve", "ada@example.com", false},
		{"cy", "shared@example.com", true},
		{"di", "shared@example.com", true},
	} {
		claims, err := json.Marshal(map[string]any{"email_verified": u.verified})
		if err != nil {
			t.Fatal(err)
		}
		user := &account.User{ID: u.id + "-id", Username: u.id, Email: u.email, Claims: claims}
		if err := store.CreateUser(ctx, user, u.id, account.Unconditionally); err != nil {
			t.Fatal(err)
		}
	}
	find := latchkey.AccountPeople(store)
	for _, test := range []struct {
		by          oauth.PersonKey
		value, want string
	}{
		{oauth.PersonBySubject, "ada-id", "ada-id"},
		{oauth.PersonBySubject, "ada", ""},
		{oauth.PersonByUsername, "Ada", "ada-id"},
		{oauth.PersonByUsername, "ada-id", ""},
		{oauth.PersonByUsername, "a\x00", ""},
		{oauth.PersonByEmail, "ADA@example.com", "ada-id"},
		{oauth.PersonByEmail, "bob@example.com", ""},
		{oauth.PersonByEmail, "shared@example.com", ""},
		{oauth.PersonByEmail, "", ""},
	} {
		subject, err := find(ctx, oauth.PersonQuery{By: test.by, Value: test.value})
		if subject != test.want || (test.want == "" && !errors.Is(err, oauth.ErrNotFound)) || (test.want != "" && err != nil) {
			t.Errorf("%s %q: %q, %v", test.by, test.value, subject, err)
		}
	}
}
