package clientfields_test

import (
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestHostNamesAreStoredInASCII, as clients send them, and are readable again.
// Nothing else of a URI changes.
func TestHostNamesAreStoredInASCII(t *testing.T) {
	for entered, want := range map[string]struct{ stored, readable string }{
		"https://bücher.example/cb?x=1":       {"https://xn--bcher-kva.example/cb?x=1", "https://bücher.example/cb?x=1"},
		"https://BÜCHER.example:8443/cb":      {"https://xn--bcher-kva.example:8443/cb", "https://bücher.example:8443/cb"},
		"https://例え.jp/":                      {"https://xn--r8jz45g.jp/", "https://例え.jp/"},
		"https://xn--bcher-kva.example/cb":    {"https://xn--bcher-kva.example/cb", "https://bücher.example/cb"},
		"https://App.example/CB?a=b,c&d=%C3":  {"https://App.example/CB?a=b,c&d=%C3", ""},
		"https://app.example/ünï":             {"https://app.example/ünï", ""}, // rejected later
		"com.example.app:/cb":                 {"com.example.app:/cb", ""},
		"http://localhost:8001/cb":            {"http://localhost:8001/cb", ""},
		"https://a\u202eb.example/cb":         {"https://a\u202eb.example/cb", ""}, // no host name; rejected later
		"https://xn--a.example/not-punycode/": {"https://xn--a.example/not-punycode/", ""},
	} {
		var c oauth.Client
		for _, name := range []string{"redirect_uris", "client_uri"} {
			f := field(t, name)
			if err := f.Set(&c, []string{entered}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(f.Get(&c), "|"); got != want.stored {
				t.Errorf("%s: %q is stored as %q, want %q", name, entered, got, want.stored)
			}
		}
		if got := clientfields.Readable(c.HomepageURL); got != want.readable {
			t.Errorf("%q is shown as %q, want %q", entered, got, want.readable)
		}
	}
}
