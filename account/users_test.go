package account_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/validate"
)

func TestCreateReportsAllInvalidFieldsAtOnce(t *testing.T) {
	p := newPeople(t)
	_, err := p.Create(ctx, account.NewUser{Username: "a b", Password: "short", Email: "nope", Claims: []byte(`[]`)})
	var faults validate.FieldErrors
	if !errors.As(err, &faults) || len(faults) != 4 {
		t.Fatalf("got %v", err)
	}
}

func TestCreateRejectsInvalidAccounts(t *testing.T) {
	p := newPeople(t)
	for name, n := range map[string]account.NewUser{
		"username taken, other letter case":  {Username: "aDA", Password: password},
		"username taken, other Unicode form": {Username: "ＡＤＡ", Password: password},
		"no username":                        {Username: " ", Password: password},
		"common password":                    {Username: "bob", Password: "PassWord123"},
		"password equal to username":         {Username: "bobbobbob", Password: "BobBobBob"},
		"claim that the server sets":         {Username: "bob", Password: password, Claims: []byte(`{"sub":"ada"}`)},
		"claims that are null":               {Username: "bob", Password: password, Claims: []byte(`null`)},
		"claims with invalid UTF-8":          {Username: "bob", Password: password, Claims: []byte("{\"locale\":\"\xff\"}")},
		"name with line breaks":              {Username: "bob", Password: password, Name: "You won!\n\nSee https://evil.example"},
		"name with invalid UTF-8":            {Username: "bob", Password: password, Name: "B\xffb"},
		"email address with invalid UTF-8":   {Username: "bob", Password: password, Email: "b\xff@example.com"},
		"email address with a display name":  {Username: "bob", Password: password, Email: "Bob <b@example.com>"},
	} {
		t.Run(name, func(t *testing.T) {
			var faults validate.FieldErrors
			if _, err := p.Create(ctx, n); !errors.As(err, &faults) || len(faults) != 1 {
				t.Errorf("got %v", err)
			}
		})
	}
}

// ASVS 6.2.9: passwords of at least 64 characters are accepted.
func TestCreateAcceptsLongPasswords(t *testing.T) {
	p := newPeople(t)
	if _, err := p.Create(ctx, account.NewUser{Username: "bob@example.com", Password: strings.Repeat("ü", 200), Claims: []byte(`{"locale":"de"}`)}); err != nil {
		t.Error(err)
	}
}

func TestCreateFirstFailsIfAnAccountExists(t *testing.T) {
	p := newPeople(t)
	if _, err := p.CreateFirst(ctx, account.NewUser{Username: "eve", Password: password}); !errors.Is(err, account.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

func FuzzCanonicalUsername(f *testing.F) {
	for _, seed := range []string{"Ada", "a b", "ＡＤＡ", "ada\u200b", "\xff", "İ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once, err := account.CanonicalUsername(name)
		if err != nil {
			return
		}
		if twice, err := account.CanonicalUsername(once); err != nil || twice != once {
			t.Fatalf("CanonicalUsername(%q) = %q, but CanonicalUsername(%q) = %q, %v", name, once, once, twice, err)
		}
	})
}
