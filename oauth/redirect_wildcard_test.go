package oauth_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const preview = "https://*.preview.example.com/cb"

func TestWildcardStandsForOneLabelOfAnHTTPSHost(t *testing.T) {
	client := func(uri string) *oauth.Client { return &oauth.Client{RedirectURIs: []string{uri}} }
	for _, test := range []struct {
		registered, requested string
		want                  bool
	}{
		{preview, "https://pr-42.preview.example.com/cb", true},
		{preview, "https://x.preview.example.com/cb", true},
		{"https://*.preview.example.com:8443/cb?a=b", "https://x.preview.example.com:8443/cb?a=b", true},
		{preview, "https://preview.example.com/cb", false},
		{preview, "https://.preview.example.com/cb", false},
		{preview, "https://a.b.preview.example.com/cb", false},
		{preview, "https://*.preview.example.com/cb", false}, // the wildcard itself is not a host
		{preview, "https://X.preview.example.com/cb", false},
		{preview, "https://x.PREVIEW.example.com/cb", false},
		{preview, "http://x.preview.example.com/cb", false},
		{preview, "HTTPS://x.preview.example.com/cb", false},
		{preview, "https://x.preview.example.com:8443/cb", false},
		{preview, "https://x.preview.example.com/cb/", false},
		{preview, "https://x.preview.example.com/cb?a=b", false},
		{preview, "https://x.preview.example.com/cb#a", false},
		{preview, "https://x.preview.example.com.evil.example/cb", false},
		{preview, "https://evil.example/.preview.example.com/cb", false},
		{preview, "https://evil.example?.preview.example.com/cb", false},
		{preview, "https://evil/.preview.example.com/cb", false},
		{preview, "https://evil#.preview.example.com/cb", false},
		{preview, "https://evil@.preview.example.com/cb", false},
		{preview, "https://me@x.preview.example.com/cb", false},
		{preview, "https://evil\\.preview.example.com/cb", false},
		{preview, "https://evil:443.preview.example.com/cb", false},
		{preview, "https://%65.preview.example.com/cb", false},
		{preview, "https://-x.preview.example.com/cb", false},
		{preview, "https://x-.preview.example.com/cb", false},
		{preview, "https://ä.preview.example.com/cb", false},
		{preview, "https://x .preview.example.com/cb", false},
		{preview, "", false},
		{"https://*.*.example.com/cb", "https://x.*.example.com/cb", false}, // never registered
		{"http://*.preview.example.com/cb", "http://x.preview.example.com/cb", false},
	} {
		uri, err := client(test.registered).ChooseRedirectURI(test.requested, true)
		if (err == nil) != test.want || err == nil && uri != test.requested {
			t.Errorf("%q against %s: %q %v", test.requested, test.registered, uri, err)
		}
		if _, err := client(test.registered).ChooseRedirectURI(test.requested, false); err == nil {
			t.Errorf("%q matches without wildcards", test.requested)
		}
	}
}

func TestAmbiguousWildcardsAreNotRegistered(t *testing.T) {
	for uri, want := range map[string]bool{
		preview: true, "https://*.preview.example.co.uk:8443/cb?a=b": true, "https://*.example.com/cb": true, "https://app.example/cb": true, "com.example.app:/cb": true,
		"https://*": false, "https://*/cb": false, "https://*.com/cb": false,
		"http://*.preview.example.com/cb": false, "http://*.preview.example.localhost/cb": false, "com.example.app://*.preview.example.com/cb": false, "myapp://*.a.b.c/cb": false,
		"https://*.*.preview.example.com/cb": false, "https://a.*.preview.example.com/cb": false, "https://a*.preview.example.com/cb": false, "https://*a.preview.example.com/cb": false,
		"https://*.preview.example.com/*": false, "https://*.preview.example.com/cb?a=*": false, "https://app.example/*": false, "https://*@preview.example.com/cb": false,
		"https://*.preview.example.com./cb": false, "https://*.preview..example.com/cb": false, "https://*.Preview.example.com/cb": false,
		"https://*.preview.example.com/cb#a": false, "https://*.preview.example.com/../cb": false, "https://*.preview.example.com/cb?code=1": false,
		"https://*.1.2.3/cb": false, "https://*.a@b.example.com/cb": false, "HTTPS://*.preview.example.com/cb": false, "https://*.preview.example.com\\@x/cb": false,
	} {
		if err := oauth.CheckWildcardRedirectURI(uri); (err == nil) != want {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if oauth.CheckRedirectURI(preview) == nil || oauth.CheckOrigin("https://*.preview.example.com") == nil {
		t.Error("a wildcard is accepted elsewhere")
	}
}

func TestDomainOfAWildcard(t *testing.T) {
	for uri, want := range map[string]string{
		preview: "preview.example.com", "https://*.example.com:8443/cb": "example.com", "https://*.example.com?a=b": "example.com",
		"https://*.example.com": "example.com", "https://app.example/cb": "", "com.example.app:/cb": "",
	} {
		if got := oauth.WildcardDomain(uri); got != want {
			t.Errorf("%s: %q", uri, got)
		}
	}
}

// Nothing else that is derived from redirect URIs accepts a host that matches.
func TestOnlyRedirectsMatchAWildcard(t *testing.T) {
	c := &oauth.Client{Type: oauth.Public, RedirectURIs: []string{preview, "https://app.example/cb"}, PostLogoutRedirectURIs: []string{"https://app.example/"}}
	for _, origin := range []string{"https://x.preview.example.com", "https://*.preview.example.com"} {
		if c.AllowsOrigin(origin) {
			t.Errorf("%s may call the server", origin)
		}
		if c.AssuredIdentity(origin+"/cb", "code") {
			t.Errorf("people are not asked every time for %s", origin)
		}
	}
	if !c.AllowsOrigin("https://app.example") || !c.AssuredIdentity("https://app.example/cb", "code") {
		t.Error("the other redirect URI is affected too")
	}
	if oauth.MatchRedirectURI(preview, preview) {
		t.Error("the wildcard itself is a redirect URI")
	}
}
