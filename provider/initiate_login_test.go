package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// OpenID Connect Core §4.
func TestInitiatedLoginNamesTheIssuerAndOnlyWhatThePersonAllowed(t *testing.T) {
	h := newHouse(t, nil)
	const start, encoded = "https://app.example/login", "iss=https%3A%2F%2Fid.example%2Fo"
	for name, test := range map[string]struct {
		uri, home string
		scope     oauth.Scopes
		disabled  bool
		want      string
	}{
		"the issuer":            {start, "", nil, false, start + "?" + encoded},
		"a query":               {start + "?a=b", "", nil, false, start + "?a=b&" + encoded},
		"the username":          {start, "", oauth.Scopes{"profile"}, false, start + "?" + encoded + "&login_hint=ada"},
		"the email only":        {start, "", oauth.Scopes{"openid", "email"}, false, start + "?" + encoded},
		"a homepage":            {start, "https://app.example/home", nil, false, start + "?" + encoded + "&target_link_uri=https%3A%2F%2Fapp.example%2Fhome"},
		"a homepage elsewhere":  {start, "https://www.example/", nil, false, start + "?" + encoded},
		"a disabled client":     {start, "", nil, true, ""},
		"no initiate_login_uri": {"", "https://app.example/home", nil, false, ""},
	} {
		c := &oauth.Client{HomepageURL: test.home, Disabled: test.disabled}
		c.InitiateLoginURI = test.uri
		if got := h.InitiateLogin(c, "ada", test.scope); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestInitiateLoginURIsAreChecked(t *testing.T) {
	h := newHouse(t, nil)
	for uri, valid := range map[string]bool{
		"https://app.example/login": true, "https://app.example/login?a=b": true, "http://localhost:8080/login": true,
		"http://app.example/login": false, "https://u@app.example/login": false, "https://app.example/login#x": false, "javascript:alert(1)": false, "/login": false,
		"https://app.example/login?iss=https://evil.example": false, "https://app.example/login?login_hint=x": false, "https://app.example/login?target_link_uri=x": false,
	} {
		c := h.client()
		c.InitiateLoginURI = uri
		if faults := provider.ValidateClient(c, oauth.DefaultScopeInfos()); (faults == nil) != valid || !valid && faults[0].Field != "initiate_login_uri" {
			t.Errorf("%s: got %v", uri, faults)
		}
	}
}
