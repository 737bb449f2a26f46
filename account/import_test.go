package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

// TestImportedHashesAreBounded: the parameters of a hash determine the cost of each login.
func TestImportedHashesAreBounded(t *testing.T) {
	accounts := account.New(account.Config{Store: memstore.New(nil)})
	const rest = "$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for hash, want := range map[string]string{
		"": "", "$argon2id$v=19$m=19456,t=2,p=1" + rest: "", "$argon2id$v=19$m=65536,t=4,p=16" + rest: "",
		"secret":                                        "not an argon2id hash",
		"$2y$10$abcdefghijklmnopqrstuv":                 "not an argon2id hash",
		"$argon2i$v=19$m=19456,t=2,p=1" + rest:          "not an argon2id hash",
		"$argon2id$v=19$m=65537,t=2,p=1" + rest:         "8 to 64 MiB",
		"$argon2id$v=19$m=8191,t=2,p=1" + rest:          "8 to 64 MiB",
		"$argon2id$v=19$m=65536,t=5,p=1" + rest:         "at most 256",
		"$argon2id$v=19$m=19456,t=14,p=1" + rest:        "at most 256",
		"$argon2id$v=19$m=8192,t=4294967295,p=1" + rest: "at most 256",
		"$argon2id$v=19$m=19456,t=0,p=1" + rest:         "at most 256",
		"$argon2id$v=19$m=19456,t=2,p=17" + rest:        "16 threads",

		"$argon2id$v=19$m=19456,t=2,p=1$bm9i$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA": "8 to 64 bytes",
		"$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAA":                      "8 to 64 bytes",
	} {
		err := accounts.CheckImport(account.ImportedUser{NewUser: account.NewUser{Username: "ada"}, PasswordHash: hash})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", hash, err, want)
		}
	}
}

// TestImportedUserKeepsIDAndPassword: applications know the person by the ID. An ID or a name
// that is taken is an error.
func TestImportedUserKeepsIDAndPassword(t *testing.T) {
	accounts := account.New(account.Config{Store: memstore.New(nil)})
	const id = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
	n := account.ImportedUser{ID: id, PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NewUser: account.NewUser{Username: "Ada", Email: "ada@example.com", EmailVerified: true, Roles: account.Roles{account.RoleOperator}}}
	u, err := accounts.Import(t.Context(), n)
	if err != nil || u.ID != id || !u.EmailVerified() || u.PasswordHash != n.PasswordHash || !u.Roles().Has(account.RoleOperator) {
		t.Errorf("got %+v, %v", u, err)
	}
	for want, n := range map[string]account.ImportedUser{
		"already an account with this ID": {ID: id, NewUser: account.NewUser{Username: "bob"}},
		"already taken":                   {NewUser: account.NewUser{Username: "ada"}},
		"must be a UUID":                  {ID: "42", NewUser: account.NewUser{Username: "carol"}},
		"The role":                        {NewUser: account.NewUser{Username: "dave", Roles: account.Roles{"root"}}},
	} {
		if _, err := accounts.Import(t.Context(), n); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	disabled, err := accounts.Import(t.Context(), account.ImportedUser{Disabled: true, NewUser: account.NewUser{Username: "erin"}})
	if err != nil || !disabled.Disabled || disabled.PasswordHash != "" {
		t.Errorf("got %+v, %v", disabled, err)
	}
}

// TestIDOfAnApplicationOrADeletedUserIsNotImported, and is found before anybody is imported: the tokens of a deleted user stay revoked, and
// the sub claim of a person is never a client_id.
func TestIDOfAnApplicationOrADeletedUserIsNotImported(t *testing.T) {
	store := memstore.New(nil)
	accounts := account.New(account.Config{Store: store})
	const deleted, client = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
	if _, err := accounts.Import(t.Context(), account.ImportedUser{ID: deleted, NewUser: account.NewUser{Username: "ada"}}); err != nil {
		t.Fatal(err)
	}
	if err := store.DeleteUser(t.Context(), deleted, 0, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := store.CreateClient(t.Context(), &oauth.Client{ID: client, Name: "C"}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{deleted, client} {
		n := account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "ada"}}
		_, checked := accounts.FindImported(t.Context(), n)
		_, err := accounts.Import(t.Context(), n)
		if err == nil || !strings.Contains(err.Error(), "This ID cannot be used") || checked == nil || checked.Error() != err.Error() {
			t.Errorf("%s: %v, and before: %v", id, err, checked)
		}
	}
}

// TestRepeatedImportFindsTheUser by the username and the ID, or without an ID by the username and, if it
// is known, the email address. The account is not changed.
func TestRepeatedImportFindsTheUser(t *testing.T) {
	store := memstore.New(nil)
	accounts := account.New(account.Config{Store: store})
	const id, other = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1c"
	ada, err := accounts.Import(t.Context(), account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "Ada", Email: "ada@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		n     account.ImportedUser
		wrong string // or empty: Ada is found
	}{
		"the same":                           {account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "ada", Email: "ada@example.com"}}, ""},
		"the same ID, and another address":   {account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "ada", Email: "new@example.com"}}, ""},
		"without an ID":                      {account.ImportedUser{NewUser: account.NewUser{Username: "ADA", Email: "Ada@example.com", Roles: account.Roles{account.RoleAdministrator}}, Disabled: true}, ""},
		"without an ID and an address":       {account.ImportedUser{NewUser: account.NewUser{Username: "ada"}}, "with another email address"},
		"another ID":                         {account.ImportedUser{ID: other, NewUser: account.NewUser{Username: "ada", Email: "ada@example.com"}}, "username: Another user has this username. If"},
		"without an ID, and another address": {account.ImportedUser{NewUser: account.NewUser{Username: "ada", Email: "eve@example.com"}}, "with another email address"},
		"the ID with another username":       {account.ImportedUser{ID: id, NewUser: account.NewUser{Username: "eve"}}, "already another user with this ID"},
	} {
		found, err := accounts.FindImported(t.Context(), test.n)
		u, added, imported := accounts.ImportMissing(t.Context(), test.n)
		if test.wrong == "" && (err != nil || found == nil || found.ID != id || imported != nil || u.ID != id) || added ||
			test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || imported == nil) {
			t.Errorf("%s: found %+v, %v; imported %+v, %t, %v", name, found, err, u, added, imported)
		}
	}
	if now, err := store.User(t.Context(), id); err != nil || now.Version != ada.Version || now.Admin || now.Disabled || now.Email != "ada@example.com" {
		t.Errorf("the account was changed: %+v, %v", now, err)
	}
}

// TestImportedPersonIsNotASignUpWithTheSameName: anybody can sign up with the username and the address of a person,
// and has the password of that account. After an import of the same file, the person is found.
func TestImportedPersonIsNotASignUpWithTheSameName(t *testing.T) {
	const bobs, hash, other = "bob@example.com", "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "$argon2id$other"
	named, mailed := account.NewUser{Username: "bob"}, account.NewUser{Username: "bob", Email: bobs}
	verified := account.NewUser{Username: "bob", Email: bobs, EmailVerified: true}
	for name, test := range map[string]struct {
		file    account.ImportedUser
		present account.User
		wrong   string // or empty: it is the person
	}{
		"a sign-up that is not confirmed":         {account.ImportedUser{NewUser: verified}, account.User{Email: bobs, PasswordHash: other, ExpiresAt: time.Now().Add(time.Hour)}, "not confirmed yet"},
		"and without an address in the file":      {account.ImportedUser{NewUser: named}, account.User{Email: bobs, PasswordHash: other, ExpiresAt: time.Now().Add(time.Hour)}, "not confirmed yet"},
		"at a server without emails":              {account.ImportedUser{NewUser: named}, account.User{PasswordHash: other}, "not certain"},
		"and with the address":                    {account.ImportedUser{NewUser: mailed}, account.User{Email: bobs, PasswordHash: other}, "not certain"},
		"that the file has confirmed":             {account.ImportedUser{NewUser: verified}, account.User{Email: bobs}, "not certain"},
		"with the confirmed address of another":   {account.ImportedUser{NewUser: named}, account.User{Email: "eve@example.com", Claims: []byte(`{"email_verified":true}`)}, "another email address"},
		"with another login provider":             {account.ImportedUser{NewUser: named}, account.User{Name: "logs in elsewhere"}, "not certain"},
		"the same name":                           {account.ImportedUser{NewUser: named}, account.User{}, ""},
		"the same name, address and password":     {account.ImportedUser{NewUser: mailed, PasswordHash: hash}, account.User{Email: bobs, PasswordHash: hash}, ""},
		"a confirmed address, and a new password": {account.ImportedUser{NewUser: mailed, PasswordHash: hash}, account.User{Email: "Bob@example.com", PasswordHash: other, Claims: []byte(`{"email_verified":true}`)}, ""},
	} {
		store := memstore.New(nil)
		accounts := account.New(account.Config{Store: store})
		present := test.present
		present.ID, present.Username, present.CreatedAt = "0193a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", "bob", time.Now()
		if err := store.CreateUser(t.Context(), &present, "bob", account.Unconditionally); err != nil {
			t.Fatal(err)
		}
		if present.Name != "" {
			identity := account.Factor{ID: account.FactorID{1}, Kind: account.FactorIdentity, CreatedAt: time.Now()}
			if err := store.ChangeFactors(t.Context(), account.FactorChange{User: &present, Add: []account.Factor{identity}, At: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		found, err := accounts.FindImported(t.Context(), test.file)
		_, added, imported := accounts.ImportMissing(t.Context(), test.file)
		if added || (found != nil) != (test.wrong == "") || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong) || imported == nil) || test.wrong == "" && errors.Join(err, imported) != nil {
			t.Errorf("%s: found %+v, %v; imported %t, %v", name, found, err, added, imported)
		}
		test.file.ID = present.ID
		if found, err := accounts.FindImported(t.Context(), test.file); err != nil || found == nil {
			t.Errorf("%s, by the ID: %+v, %v", name, found, err)
		}
	}
}

// TestExpiredSignUpIsReplacedByAnImport, unless its person is logged in.
func TestExpiredSignUpIsReplacedByAnImport(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	store, err := sqlite.Open(t.Context(), t.TempDir()+"/l.db", sqlite.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	accounts := account.New(account.Config{Store: store, Clock: clock})
	for _, name := range []string{"bob", "eve"} {
		u := &account.User{ID: name, Username: name, Email: name + "@example.com", PasswordHash: "x", CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
		if err := store.CreateUser(t.Context(), u, name, account.Unconditionally); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := accounts.StartSession(t.Context(), &account.User{ID: "eve"}, account.Browser{}, ""); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	for _, name := range []string{"eve", "bob"} { // the first import also deletes the account of bob
		replaced := name == "bob"
		n := account.ImportedUser{NewUser: account.NewUser{Username: name, Email: name + "@example.com"}}
		found, err := accounts.FindImported(t.Context(), n)
		u, added, imported := accounts.ImportMissing(t.Context(), n)
		if found != nil || err != nil || added != replaced || replaced == (imported != nil) || replaced && u.ID == name {
			t.Errorf("%s: found %+v, %v; imported %+v, %t, %v", name, found, err, u, added, imported)
		}
	}
}
