package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// The SHA-1 hash of "correct horse battery staple" is
// abf7aad6438836dbe526aa231abde2d0eef74d42.
func TestStolenPasswordsAreRejectedWithoutSendingThem(t *testing.T) {
	const stolen = "AAD6438836DBE526AA231ABDE2D0EEF74D42"
	var asked []string
	for name, test := range map[string]struct {
		lines  string
		err    error
		reject bool
	}{
		"in the list":                {"0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n" + stolen[1:] + ":52\r\n", nil, true},
		"in the list, in lower case": {strings.ToLower(stolen[1:]) + ":1", nil, true},
		"not in the list":            {"0018A45C4D1DEF81644B54AB7F969B88D65:3\r\n", nil, false},
		"padding":                    {stolen[1:] + ":0\r\n", nil, false},
		"the list does not answer":   {"", errors.New("timeout"), false},
	} {
		t.Run(name, func(t *testing.T) {
			accounts := account.New(account.Config{
				InsecurePasswordHashes: true,
				Store:                  memstore.New(nil), Settings: account.Settings{BreachList: "https://list.example/range/"},
				Fetch: func(_ context.Context, url string, _ int64) ([]byte, error) {
					asked = append(asked, url)
					return []byte(test.lines), test.err
				},
			})
			_, err := accounts.Create(ctx, account.NewUser{Username: "ada", Password: password})
			if _, rejected := errors.AsType[validate.FieldErrors](err); rejected != test.reject || (err != nil && !rejected) {
				t.Errorf("Create: %v", err)
			}
			if err := accounts.Store.CreateUser(ctx, &account.User{ID: "bob", Username: "bob"}, "bob", account.Unconditionally); err != nil {
				t.Fatal(err)
			}
			err = accounts.SetPassword(ctx, &account.User{ID: "bob", Username: "bob"}, password)
			if _, rejected := errors.AsType[validate.FieldErrors](err); rejected != test.reject || (err != nil && !rejected) {
				t.Errorf("SetPassword: %v", err)
			}
		})
	}
	for _, url := range asked {
		if url != "https://list.example/range/ABF7A" {
			t.Errorf("asked for %s", url)
		}
	}
	if len(asked) != 10 {
		t.Errorf("the list was asked %d times", len(asked))
	}
}
