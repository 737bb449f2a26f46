package oauth_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestIDJAGAudiencesAreRead(t *testing.T) {
	for entry, want := range map[string]oauth.IDJAGAudience{
		"https://chat.example":                         {Issuer: "https://chat.example"},
		"https://chat.example/#f53f":                   {Issuer: "https://chat.example/", ClientID: "f53f"},
		"https://a.example#https://app.example/c?d=e":  {Issuer: "https://a.example", ClientID: "https://app.example/c?d=e"},
		"https://a.example#;aud_tenant=acme":           {Issuer: "https://a.example", Tenant: "acme"},
		"https://a.example#id;scope=r;scope=w;":        {},
		"https://a.example#id;scope=r;scope=w":         {Issuer: "https://a.example", ClientID: "id", Scopes: oauth.Scopes{"r", "w"}},
		"https://a.example#;resource=https://b.ex/?a=": {Issuer: "https://a.example", Resources: oauth.Audience{"https://b.ex/?a="}},
		"https://a.example#;resource=b":                {},
		"https://a.example#;scope=a\"b":                {},
		"https://a.example#;aud_tenant=a;aud_tenant=b": {},
		"https://a.example#;tenant=a":                  {},
	} {
		got, err := oauth.ParseIDJAGAudience(entry)
		if (err == nil) != (want.Issuer != "") || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v %v", entry, got, err)
		}
	}
}

func FuzzIDJAGAudience(f *testing.F) {
	for _, entry := range []string{"https://a.example#id;scope=r;resource=https://b.example;aud_tenant=t", ";=", "#;scope"} {
		f.Add(entry)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		a, err := oauth.ParseIDJAGAudience(entry)
		if err == nil && !strings.HasPrefix(entry, a.Issuer+"#") && entry != a.Issuer {
			t.Errorf("%q: got %+v", entry, a)
		}
	})
}
