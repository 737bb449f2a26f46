package latchkey_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// hiddenTexts are invisible, or change the direction of the text around them.
// Package validate tests more of them.
var hiddenTexts = []string{"\u202e", "\u2066", "\u200b", "\u200d", "\u00ad", "\ufeff", "\u2028", "\n", "\x1b", "\x00", "\u3164", "\U000e0041", "\xff"}

// rejects fails the test unless err has a fault of the field.
func rejects(t *testing.T, input, field string, err error) {
	t.Helper()
	faults, _ := errors.AsType[validate.FieldErrors](err)
	if !slices.ContainsFunc(faults, func(f validate.FieldError) bool { return f.Field == field }) {
		t.Errorf("%s is accepted: %v", input, err)
	}
}

// TestNoTextOfAPersonHasHiddenCharacters walks all fields of a person that are
// text.
func TestNoTextOfAPersonHasHiddenCharacters(t *testing.T) {
	for _, hidden := range hiddenTexts {
		accounts := account.New(account.Config{Store: memstore.New(nil)})
		ada, err := accounts.Create(t.Context(), account.NewUser{Username: "ada", Password: "correct horse", Email: "ada@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range reflect.VisibleFields(reflect.TypeFor[account.NewUser]()) {
			if field.Type.Kind() != reflect.String || field.Name == "Password" {
				continue
			}
			n := account.NewUser{Username: "bobby", Password: "correct horse", Email: "bobby@example.com", Name: "Bobby", Locale: "bb"}
			value := reflect.ValueOf(&n).Elem().FieldByIndex(field.Index)
			value.SetString(strings.Replace(value.String(), "bb", "b"+hidden+"b", 1))
			_, err := accounts.Create(t.Context(), n)
			name := strings.ToLower(field.Name)
			if field.Name == "Locale" {
				name = "claims" // which has the locale
			}
			rejects(t, fmt.Sprintf("%s with %+q", field.Name, hidden), name, err)
		}
		for _, name := range account.ProfileClaims() {
			p := account.Profile{Email: ada.Email, Claims: map[string]string{name: "https://b" + hidden + "b"}}
			rejects(t, fmt.Sprintf("%s of a profile with %+q", name, hidden), name, accounts.ChangeProfile(t.Context(), ada, p))
		}
		for _, name := range []string{"given_name", "nickname", "groups", "b" + hidden + "b"} {
			claims, err := json.Marshal(map[string]any{name: []any{map[string]any{"a": "b" + hidden + "b"}}})
			if err != nil || hidden == "\xff" { // which JSON cannot express
				continue
			}
			_, err = accounts.Create(t.Context(), account.NewUser{Username: "bobby", Password: "correct horse", Claims: claims})
			rejects(t, fmt.Sprintf("claim %+q with %+q", name, hidden), "claims", err)
		}
	}
}

func TestAddressCanHaveSeveralLines(t *testing.T) {
	accounts := account.New(account.Config{Store: memstore.New(nil)})
	_, err := accounts.Create(t.Context(), account.NewUser{
		Username: "ada", Password: "correct horse", Claims: json.RawMessage(`{"address":{"formatted":"1 Main Street\r\nLondon\nUnited Kingdom"}}`),
	})
	if err != nil {
		t.Error(err)
	}
}

// TestNoTextOfAnApplicationHasHiddenCharacters walks all fields of a client that
// are text or lists of texts.
func TestNoTextOfAnApplicationHasHiddenCharacters(t *testing.T) {
	valid := func() *oauth.Client {
		return &oauth.Client{
			ID: "shop", Name: "Shop", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{{ID: "1"}},
			GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{"https://shop.example/cb"},
		}
	}
	if faults := provider.ValidateClient(valid(), oauth.DefaultScopeInfos()); faults != nil {
		t.Fatal(faults)
	}
	for _, hidden := range hiddenTexts {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			c, text := valid(), "https://shop.example/b"+hidden+"b"
			switch value := reflect.ValueOf(c).Elem().FieldByIndex(field.Index); {
			case field.Anonymous:
				continue
			case value.Kind() == reflect.String:
				value.SetString(text)
			case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.String:
				value.Set(reflect.Append(value, reflect.ValueOf(text).Convert(value.Type().Elem())))
			default:
				continue
			}
			rejects(t, fmt.Sprintf("%s with %+q", name, hidden), name, provider.ValidateClient(c, oauth.DefaultScopeInfos()))
		}
	}
}

func TestNoTextOfTheSettingsHasHiddenCharacters(t *testing.T) {
	for _, hidden := range hiddenTexts {
		_, err := latchkey.New(t.Context(), latchkey.Options{
			Issuer: "http://localhost:8000/o", MasterKey: make([]byte, 32), Store: memstore.New(nil), Brand: "La" + hidden + "tchkey",
			ProtocolSettings: latchkey.ProtocolSettings{Scopes: []oauth.ScopeInfo{{Name: "read", Description: "See" + hidden + " your notes"}}},
		})
		if err == nil || !strings.Contains(err.Error(), "latchkey: Brand: This ") || !strings.Contains(err.Error(), `latchkey: Scopes: the description of "read": This`) {
			t.Errorf("%+q: %v", hidden, err)
		}
	}
}
