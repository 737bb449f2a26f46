package latchkey_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// somePeople implements People.
type somePeople struct{}

func (somePeople) Current(*http.Request) (*latchkey.Person, error) { return nil, nil }

func (somePeople) LogIn(http.ResponseWriter, *http.Request, latchkey.Interaction) {}

type (
	lookupWithoutError struct{ somePeople }
	logOutWithoutError struct{ somePeople }
	logoutMisspelt     struct{ somePeople }
	logOutOfPointer    struct{ somePeople }
	logoutHandler      struct{ somePeople }
	completePeople     struct{ somePeople }
)

func (lookupWithoutError) Lookup(string) (string, bool) { return "", false }

func (logOutWithoutError) LogOut(http.ResponseWriter, *http.Request) {}

func (logoutMisspelt) Logout(http.ResponseWriter, *http.Request) error { return nil }

func (*logOutOfPointer) LogOut(http.ResponseWriter, *http.Request) error { return nil }

func (logoutHandler) Logout(http.ResponseWriter, *http.Request) {} // a handler of the host

func (completePeople) LogOut(http.ResponseWriter, *http.Request) error { return nil }

func (completePeople) Lookup(context.Context, string) (string, bool, error) { return "", true, nil }

// TestPeopleWithAMethodThatWouldNotBeCalledAreAFault: Latchkey finds the methods of
// PeopleLogOut and PeopleLookup by their signatures, so the compiler does not report such a
// method. Without Lookup, the tokens of blocked people stay valid.
func TestPeopleWithAMethodThatWouldNotBeCalledAreAFault(t *testing.T) {
	for want, people := range map[string]latchkey.People{
		"People: the method Lookup of latchkey_test.lookupWithoutError is func(string) (string, bool), so it would not be called. latchkey.PeopleLookup needs func(context.Context, string) (string, bool, error)":          lookupWithoutError{},
		"People: the method LogOut of *latchkey_test.logOutWithoutError is func(http.ResponseWriter, *http.Request), so it would not be called. latchkey.PeopleLogOut needs func(http.ResponseWriter, *http.Request) error": &logOutWithoutError{},
		"People: the method Logout of latchkey_test.logoutMisspelt would not be called. Name it LogOut":                                                                                                                     logoutMisspelt{},
		"People: the method LogOut has a pointer receiver":                  logOutOfPointer{},
		"People is a nil pointer of the type *latchkey_test.completePeople": (*completePeople)(nil),
		"": &logOutOfPointer{},
	} {
		o := latchkey.Options{Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), People: people}
		_, err := latchkey.New(t.Context(), o)
		for name, err := range map[string]error{"New": err, "Check": latchkey.Check(t.Context(), o)} {
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got  %v\nwant %s", name, err, want)
			}
		}
	}
	for _, people := range []latchkey.People{completePeople{}, &completePeople{}, logoutHandler{}} {
		if err := latchkey.Check(t.Context(), latchkey.Options{Issuer: "https://id.example/o", People: people}); err != nil {
			t.Errorf("%T: %v", people, err)
		}
	}
}
