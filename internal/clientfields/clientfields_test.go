package clientfields_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/storetest"
)

// members returns the names of the members of a client in JSON.
func members() (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[oauth.Client]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" && !field.Anonymous {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryMemberOfAClientIsDescribedOnce(t *testing.T) {
	described := make(map[string]int)
	names := make(map[string]string)
	for _, f := range clientfields.All() {
		described[f.Name]++
		if f.Label == "" || !strings.HasSuffix(f.Help, ".") {
			t.Errorf("%s: label %q, help %q", f.Name, f.Label, f.Help)
		}
		for _, name := range []string{f.Flag(), f.ShortFlag, "label " + f.Label} {
			if other, taken := names[name]; taken && name != "" {
				t.Errorf("%s and %s are both called %q", f.Name, other, name)
			}
			names[name] = f.Name
		}
		explained := 0
		for _, c := range f.Choices {
			if c.Text != "" {
				explained++
			}
		}
		if explained != 0 && explained != len(f.Choices) {
			t.Errorf("%s: a choice has no text: %+v", f.Name, f.Choices)
		}
	}
	for _, name := range members() {
		if name == "" {
			t.Error("a field of oauth.Client has no name in JSON")
		}
		if described[name] != 1 {
			t.Errorf("%s is described %d times", name, described[name])
		}
		delete(described, name)
	}
	if len(described) > 0 {
		t.Errorf("oauth.Client does not have %v", described)
	}
}

// The flag library takes a text between backquotes for the name of the value.
func TestHelpTextsHaveNoBackquotes(t *testing.T) {
	for _, f := range clientfields.All() {
		if strings.Contains(f.Help+f.Default, "`") {
			t.Errorf("%s: %s", f.Name, f.Help)
		}
	}
}

// People see short names instead of URNs.
func TestGrantTypesAreShownByShortNames(t *testing.T) {
	want := []string{"authorization_code", "refresh_token", "client_credentials", "device_code", "token_exchange", "jwt_bearer"}
	all := []string{oauth.GrantAuthorizationCode, oauth.GrantRefreshToken, oauth.GrantClientCredentials, oauth.GrantDeviceCode, oauth.GrantTokenExchange, oauth.GrantJWTBearer}
	if got := clientfields.GrantNames(all); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := field(t, "grant_types").Shown(&oauth.Client{GrantTypes: all}); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	var read oauth.Client
	if err := field(t, "grant_types").Set(&read, []string{"device-code", "token_exchange,jwt-bearer"}); err != nil || !slices.Equal(read.GrantTypes, all[3:]) {
		t.Errorf("got %v %v", read.GrantTypes, err)
	}
	for _, fault := range provider.ValidateClient(&oauth.Client{Type: oauth.Confidential, GrantTypes: []string{"tv"}}, nil) {
		if text := clientfields.WithNames(fault.Message); fault.Field == "grant_types" && (strings.Contains(text, "urn:") || !strings.Contains(text, "device_code")) {
			t.Errorf("got %s", text)
		}
	}
	for _, choice := range clientfields.GrantTypes() {
		if strings.Contains(choice.Name(), ":") {
			t.Errorf("%s has no short name", choice.Value)
		}
	}
}

func TestEveryGrantTypeHasAText(t *testing.T) {
	for _, f := range clientfields.All() {
		for _, c := range f.Choices {
			if f.Name == "grant_types" && c.Text == "" {
				t.Errorf("%s has no text", c.Value)
			}
		}
	}
}

// TestSetReadsWhatGetReturns for every field of a client.
func TestSetReadsWhatGetReturns(t *testing.T) {
	full := storetest.FullClient(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC))
	for _, f := range clientfields.All() {
		values := f.Get(full)
		if len(values) == 0 {
			t.Errorf("%s is not shown", f.Name)
		}
		var c oauth.Client
		if err := f.Set(&c, values); (err != nil) != (f.Kind == clientfields.Kept) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if f.Kind == clientfields.Kept {
			continue
		}
		if again := f.Get(&c); strings.Join(again, " ") != strings.Join(values, " ") {
			t.Errorf("%s: %q becomes %q", f.Name, values, again)
		}
		if err := f.Set(&c, nil); err != nil || len(f.Get(&c)) != 0 {
			t.Errorf("%s cannot be emptied: %v", f.Name, err)
		}
	}
}

func field(t *testing.T, name string) clientfields.Field {
	t.Helper()
	for _, f := range clientfields.All() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s", name)
	return clientfields.Field{}
}

func TestValuesThatPeopleEnter(t *testing.T) {
	for _, test := range []struct {
		field string
		in    []string
		want  string // of Get, joined; or the error
	}{
		{"client_name", []string{"  Shop  "}, "Shop"},
		{"redirect_uris", []string{"https://a.example/\r\n  https://b.example/", "https://c.example/"}, "https://a.example/|https://b.example/|https://c.example/"},
		{"grant_types", []string{"code refresh", "client-credentials"}, "authorization_code|refresh_token|client_credentials"},
		{"grant_types", []string{"client", "fly"}, "client_credentials|fly"},
		{"response_types", []string{"code id_token", "code"}, "code id_token|code"},
		{"scope", []string{"read write", "read"}, "read|write"},
		{"skip_authorization", []string{"on"}, "yes"},
		{"skip_authorization", []string{"false"}, ""},
		{"skip_authorization", []string{"perhaps"}, "Enter true or false."},
		{"access_token_ttl", []string{"90"}, "The unit is missing. Enter a time such as 30 minutes, 1h or 30 days."},
		{"access_token_ttl", []string{"1.5s"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"access_token_ttl", []string{"90 Seconds"}, "90 seconds"},
		{"access_token_ttl", []string{"0"}, ""},
		{"access_token_ttl", []string{"1h30m"}, "90 minutes"},
		{"access_token_ttl", []string{"30 Days"}, "30 days"},
		{"access_token_ttl", []string{"2w"}, "14 days"},
		{"access_token_ttl", []string{"soon"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"access_token_ttl", []string{"-1h"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"access_token_ttl", []string{"2000000000 weeks"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"default_max_age", []string{"0"}, "0 seconds"},
		{"default_max_age", []string{"3600"}, "1 hour"},
		{"default_max_age", []string{"1h30m"}, "90 minutes"},
		{"default_max_age", []string{"30 days"}, "30 days"},
		{"default_max_age", []string{"-1"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"default_max_age", []string{"1.5"}, "Enter a time such as 30 minutes, 1 hour or 30 days."},
		{"jwks", []string{`{"keys":[]}`}, `{"keys":[]}`},
		{"jwks", []string{"keys"}, "This is not JSON."},
		{"version", []string{"2"}, "This cannot be changed."},
	} {
		f, c := field(t, test.field), new(oauth.Client)
		got := ""
		if err := f.Set(c, test.in); err != nil {
			got = err.Error()
		} else {
			got = strings.Join(f.Get(c), "|")
		}
		if got != test.want {
			t.Errorf("%s: %q becomes %q, want %q", test.field, test.in, got, test.want)
		}
	}
}

// TestValidationNamesTheFields: a message belongs to a field, so that a form can
// show it there.
func TestValidationNamesTheFields(t *testing.T) {
	known := map[string]bool{"client_secret": true}
	for _, f := range clientfields.All() {
		known[f.Name] = true
	}
	wrong := storetest.FullClient(time.Now())
	wrong.Type, wrong.DefaultMaxAge, wrong.JWKS = "", new(int64), nil
	*wrong.DefaultMaxAge, wrong.AccessTokenTTL, wrong.RefreshTokenTTL, wrong.RefreshTokenIdleTTL = -1, -1, -1, -1
	wrong.IDTokenEncAlg, wrong.UserInfoEncEnc = "", "A128GCM"
	wrong.Name, wrong.ID = "", ""
	seen := make(map[string]bool)
	for _, c := range []*oauth.Client{wrong, {Type: oauth.Public, Secrets: wrong.Secrets}} {
		for _, fault := range provider.ValidateClient(c, nil) {
			seen[fault.Field] = true
			if !known[fault.Field] {
				t.Errorf("no field is called %s: %s", fault.Field, fault.Message)
			}
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d fields were rejected: %v", len(seen), seen)
	}
}

func TestChoicesAreSeparatedByCommasOrSpaces(t *testing.T) {
	for _, f := range clientfields.All() {
		if f.Name != "grant_types" {
			continue
		}
		var c oauth.Client
		want := []string{oauth.GrantAuthorizationCode, oauth.GrantTokenExchange, oauth.GrantJWTBearer}
		for _, text := range []string{"code,token_exchange, jwt_bearer", "code token_exchange jwt_bearer,"} {
			if err := f.Set(&c, []string{text}); err != nil || !slices.Equal(c.GrantTypes, want) {
				t.Errorf("%s: %q %v", text, c.GrantTypes, err)
			}
		}
	}
}
