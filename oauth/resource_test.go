package oauth_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// RFC 8707 §2, RFC 3986 §6.2.
func TestResourcesAreComparedWithoutSlashAtTheEndCaseOfTheHostAndDefaultPort(t *testing.T) {
	for text, want := range map[string]string{
		"https://mcp.example.com":               "https://mcp.example.com",
		"https://mcp.example.com/":              "https://mcp.example.com",
		"HTTPS://MCP.Example.COM:443/":          "https://mcp.example.com",
		"http://localhost:80/mcp":               "http://localhost/mcp",
		"http://localhost:8080/mcp/":            "http://localhost:8080/mcp",
		"https://mcp.example.com:8443/MCP":      "https://mcp.example.com:8443/MCP",
		"https://mcp.example.com/a%2Fb?x=Y/":    "https://mcp.example.com/a%2Fb?x=Y/",
		"https://mcp.example.com/?x=1":          "https://mcp.example.com?x=1",
		"https://[2001:DB8::1]:443/mcp":         "https://[2001:db8::1]/mcp",
		"https://[2001:DB8::1]:8443":            "https://[2001:db8::1]:8443",
		"urn:example:API":                       "urn:example:API",
		"https://mcp.example.com//":             "https://mcp.example.com/",
		"https://mcp.example.com/a/../b":        "https://mcp.example.com/a/../b",
		"https://mcp.example.com/a?b://c.de/f/": "https://mcp.example.com/a?b://c.de/f/",
	} {
		if got, err := oauth.CanonicalResource(text); err != nil || got != want {
			t.Errorf("%s: got %q %v, want %q", text, got, err, want)
		}
	}
}

// RFC 8707 §2: an absolute URI without a fragment.
func TestMalformedResourcesAreInvalidTargets(t *testing.T) {
	for _, text := range []string{
		"", "mcp", "/mcp", "//mcp.example.com", "https:///mcp", "https://", "https://mcp.example.com#", "https://mcp.example.com/#a", "https://mcp.example.com?", "https://mcp.example.com/mcp?", "urn:example:api?",
		"https://me@mcp.example.com", "https://mcp.example.com/a b", "https://mcp.example.com/ä", "https://mcp.example.com\n", "https://[::1", "https://x:y/",
		"https://mcp.example.com/" + strings.Repeat("a", 512),
	} {
		got, err := oauth.CanonicalResource(text)
		e, ok := err.(*oauth.Error) //nolint:errorlint // it must be exactly this type
		if !ok || e.Code != oauth.CodeInvalidTarget {
			t.Errorf("%q: got %q %v", text, got, err)
		}
	}
}

func FuzzCanonicalResource(f *testing.F) {
	for _, text := range []string{"https://MCP.example.com:443/a/?b#c", "urn:a:b", "http://[::1]:80", "a://b@c", "https://%41/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := oauth.CanonicalResource(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(first, "# ") || len(first) > len(text) {
			t.Errorf("%q: got %q", text, first)
		}
		if strings.HasSuffix(first, "/") {
			return // only one slash at the end is ignored
		}
		if again, err := oauth.CanonicalResource(first); err != nil || again != first {
			t.Errorf("%q: got %q, and of that %q %v", text, first, again, err)
		}
	})
}

func TestAClientMayRequestTheResourcesInItsListOnly(t *testing.T) {
	all, some := &oauth.Client{}, &oauth.Client{Resources: []string{"https://MCP.example.com/"}}
	if !all.MayRequestResource("https://other.example.com") || !some.MayRequestResource("https://mcp.example.com") || some.MayRequestResource("https://mcp.example.com/api") {
		t.Error("the list is not applied")
	}
}

// RFC 7519 §4.1.3.
func TestAnAudienceIsAStringOrAnArray(t *testing.T) {
	for text, want := range map[string]oauth.Audience{`"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `"a\"\u0026\\ä"`: {"a\"&\\ä"}} {
		var got oauth.Audience
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v %v", text, got, err)
		}
		if again, err := json.Marshal(got); err != nil || string(again) != text {
			t.Errorf("%s: got %s %v", text, again, err)
		}
	}
	for _, text := range []string{`1`, `[1]`, `{}`, `["a",null,2]`} {
		var got oauth.Audience
		if err := json.Unmarshal([]byte(text), &got); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
	if got := oauth.ParseAudience(oauth.Audience{"https://a", "https://b"}.String()); !slices.Equal(got, oauth.Audience{"https://a", "https://b"}) {
		t.Errorf("got %v", got)
	}
}

// TestURIWithoutASchemeNamesTheSchemeToAdd: for a parser of URIs, the host of app.example:443/cb is a
// scheme, and no request could ever name it.
func TestURIWithoutASchemeNamesTheSchemeToAdd(t *testing.T) {
	for uri, scheme := range map[string]string{
		"localhost:8303/mcp": "http://", "LOCALHOST:8303": "http://", "127.0.0.1:8303/cb": "http://", "[::1]:8303/cb": "http://",
		"app.example:443/cb": "https://", "notes.example.com:8443/mcp": "https://", "10.0.0.1:1": "https://",
	} {
		_, err := oauth.CanonicalResource(uri)
		for _, err := range []error{err, oauth.CheckRedirectURI(uri)} {
			if err == nil || !strings.Contains(err.Error(), "has no scheme: begin it with "+scheme) {
				t.Errorf("%s: %v", uri, err)
			}
		}
	}
	for _, uri := range []string{"urn:example:api", "urn:12", "https://app.example:443/cb", "com.example.app:/cb", "com.example.app:123456/cb", "app.example/cb", "localhost:a"} {
		if scheme := oauth.MissingScheme(uri); scheme != "" {
			t.Errorf("%s lacks %s", uri, scheme)
		}
	}
}
