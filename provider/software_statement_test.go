package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// stated registers a client with a software statement.
func (f *foreign) stated(statement any) (map[string]any, error) {
	f.t.Helper()
	body, err := json.Marshal(map[string]any{"client_name": "Plain", "redirect_uris": []string{callback}, "software_version": "2", "software_statement": statement})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.Register(ctx, "", body)
}

// lasting are the changes that make a JWT a statement without an end.
func lasting(change map[string]any) map[string]any {
	claims := map[string]any{"sub": nil, "aud": nil, "exp": nil, "iat": nil, "client_name": "Stated", "software_id": "s-1"}
	for name, value := range change {
		claims[name] = value
	}
	return claims
}

// RFC 7591 §2.3, §3.2.1.
func TestSoftwareStatementTakesPrecedence(t *testing.T) {
	f := newForeign(t, func(config *provider.Config, _ *oauth.Client, _ *oauth.TrustedIssuer) {
		config.Registration = provider.RegistrationOpen
	})
	statement := f.jwt("", lasting(map[string]any{"skip_authorization": true, "client_name#de": "Aussage"}))
	got, err := f.stated(statement)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"client_name": "Stated", "client_name#de": "Aussage", "software_id": "s-1", "software_version": "2", "software_statement": statement, "skip_authorization": nil, "iss": nil,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	id, _ := got["client_id"].(string)
	token, _ := got["registration_access_token"].(string)
	changed := map[string]any{"client_id": id, "redirect_uris": []string{callback}, "software_statement": f.jwt("", lasting(map[string]any{"client_name": "Again"}))}
	body, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = f.UpdateRegistration(ctx, "Bearer "+token, id, body); err != nil || got["client_name"] != "Again" || got["software_statement"] != changed["software_statement"] {
		t.Errorf("after an update: %v %v", got, err)
	}
}

// RFC 7591 §3.2.2.
func TestSoftwareStatementThatIsRejected(t *testing.T) {
	for name, test := range map[string]struct {
		statement func(f *foreign) any
		change    func(*oauth.TrustedIssuer)
		code      string
	}{
		"a long-lived one":              {statement: func(f *foreign) any { return f.jwt("", lasting(map[string]any{"exp": f.now.Unix() + 1e9})) }},
		"one for this server":           {statement: func(f *foreign) any { return f.jwt("", lasting(map[string]any{"aud": issuer})) }},
		"null":                          {statement: func(*foreign) any { return nil }},
		"one for another server":        {statement: func(f *foreign) any { return f.jwt("", lasting(map[string]any{"aud": "https://other.example"})) }, code: "invalid_software_statement"},
		"an expired one":                {statement: func(f *foreign) any { return f.jwt("", lasting(map[string]any{"exp": f.now.Unix() - 3600})) }, code: "invalid_software_statement"},
		"a number":                      {statement: func(*foreign) any { return 7 }, code: "invalid_software_statement"},
		"no JWT":                        {statement: func(*foreign) any { return "x" }, code: "invalid_software_statement"},
		"a changed one":                 {statement: func(f *foreign) any { s := f.jwt("", lasting(nil)); return s[:len(s)-8] + strings.Repeat("A", 8) }, code: "invalid_software_statement"},
		"an access token":               {statement: func(f *foreign) any { return f.jwt("at+jwt", lasting(nil)) }, code: "invalid_software_statement"},
		"an unknown issuer":             {statement: func(f *foreign) any { return f.jwt("", lasting(map[string]any{"iss": "https://unknown.example"})) }, code: "unapproved_software_statement"},
		"an issuer trusted for another": {statement: func(f *foreign) any { return f.jwt("", lasting(nil)) }, change: func(i *oauth.TrustedIssuer) { i.Uses = []oauth.TrustedUse{oauth.TrustedJWTBearer} }, code: "unapproved_software_statement"},
		"a stated redirect URI": {statement: func(f *foreign) any {
			return f.jwt("", lasting(map[string]any{"redirect_uris": []string{"http://app.example/"}}))
		}, code: "invalid_redirect_uri"},
	} {
		f := newForeign(t, func(config *provider.Config, _ *oauth.Client, i *oauth.TrustedIssuer) {
			config.Registration = provider.RegistrationOpen
			if test.change != nil {
				test.change(i)
			}
		})
		_, err := f.stated(test.statement(f))
		if (err == nil) != (test.code == "") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			wantCode(t, err, test.code)
		}
	}
}

// The publisher states what its software may register, so an update cannot do without
// its statement.
func TestUpdateCannotOmitTheSoftwareStatement(t *testing.T) {
	for _, used := range []bool{false, true} {
		f := newForeign(t, func(config *provider.Config, _ *oauth.Client, _ *oauth.TrustedIssuer) {
			config.Registration = provider.RegistrationOpen
		})
		got, err := f.stated(f.jwt("", lasting(nil)))
		if err != nil {
			t.Fatal(err)
		}
		f.id, _ = got["client_id"].(string)
		f.key, _ = got["client_secret"].(string)
		if used {
			f.tokens()
		}
		authorization := fmt.Sprint("Bearer ", got["registration_access_token"])
		delete(got, "software_statement")
		for name, test := range map[string]struct {
			statement any
			code      string
		}{
			"omitted":             {nil, "invalid_software_statement"},
			"null":                {json.RawMessage("null"), "invalid_software_statement"},
			"of another software": {f.jwt("", lasting(map[string]any{"software_id": "s-2"})), "invalid_software_statement"},
			"of another issuer":   {f.jwt("", lasting(map[string]any{"iss": "https://unknown.example"})), "unapproved_software_statement"},
			"the same again":      {f.jwt("", lasting(nil)), ""},
			"omitted after that":  {nil, "invalid_software_statement"},
		} {
			updated, err := f.UpdateRegistration(ctx, authorization, f.id, edited(t, got, "software_statement", test.statement))
			if test.code != "" {
				if err == nil {
					t.Errorf("%s: it is accepted", name)
					continue
				}
				wantCode(t, err, test.code)
			} else if err != nil || updated["client_name"] != "Stated" {
				t.Errorf("%s: %v %v", name, updated, err)
			}
		}
	}
}
