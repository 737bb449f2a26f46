package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

func TestRedirectURIsMatchByteForByte(t *testing.T) {
	const registered = "https://app.example/cb?a=b"
	for _, requested := range []string{
		"https://APP.example/cb?a=b", "HTTPS://app.example/cb?a=b", // letter case
		"https://app.example/cb", "https://app.example/cb?a=b&c=d", "https://app.example/cb?a=b#", "https://app.example/cb?a=b/", // prefix
		"https://appXexample/cb?a=b", "https://app.example:443/cb?a=b", // dots as regexp, default port
		"https://app.example/x/../cb?a=b", "https://app.example/%63b?a=b", "https://app.example/..;/cb?a=b",
		"https://app.example@evil.example/cb?a=b", "https://evil.example\\@app.example/cb?a=b", " https://app.example/cb?a=b", "https://app.example/cb?a=b\n",
		"",
	} {
		if oauth.MatchRedirectURI(registered, requested) {
			t.Errorf("%q matches", requested)
		}
	}
}

func TestOnlyThePortOfALoopbackURIMayDiffer(t *testing.T) {
	for _, test := range []struct {
		registered, requested string
		want                  bool
	}{
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", true},
		{"http://127.0.0.1:1/cb", "http://127.0.0.1:5000/cb", true},
		{"http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true},
		{"http://[::1]/cb", "http://[::1]:5000/cb", true},
		{"http://localhost/cb", "http://localhost:5000/cb", true}, // native apps register it without a port
		{"http://localhost:3000", "http://localhost:5000", true},
		{"http://localhost:3000?x", "http://localhost:5000?x", true},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/other", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.1:5000/cb#x", false},
		{"http://127.0.0.1/cb", "http://127.0.0.2:5000/cb", false},
		{"http://127.0.0.1/cb", "http://localhost:5000/cb", false},
		{"http://127.0.0.1/cb", "https://127.0.0.1:5000/cb", false},
		{"https://localhost/cb", "https://localhost:5000/cb", false},
		{"http://localhost/cb", "http://localhost.evil.example/cb", false},
		{"http://localhost/cb", "http://localhost@evil.example/cb", false},
		{"http://localhost/cb", "http://localhost:@evil.example/cb", false},
		{"http://localhost/cb", "http://localhost:80@evil.example/cb", false},
		{"http://localhost/cb", "http://localhost:123456/cb", false},
		{"http://localhost/cb", "http://localhost:/cb", false},
		{"http://localhost/cb", "http://localhost:5a/cb", false},
		{"http://localhost/cb", "http://localhost\\evil/cb", false},
		{"http://[::1]/cb", "http://[::1%25eth0]:5000/cb", false}, // zone
		{"http://LOCALHOST/cb", "http://localhost:5000/cb", false},
	} {
		if got := oauth.MatchRedirectURI(test.registered, test.requested); got != test.want {
			t.Errorf("%s against %s: %v, want %v", test.requested, test.registered, got, test.want)
		}
	}
}

func TestAmbiguousRedirectURIsAreNotRegistered(t *testing.T) {
	for _, good := range []string{
		"https://app.example/cb", "https://app.example", "https://app.example/cb?x=1", "http://localhost:8001/consumer/exchange/", "http://127.0.0.1/", "http://[::1]:80/cb",
		"com.example.app:/cb", "com.example.app://cb/x", "com.example.app:///cb", "myapp:///cb", // RFC 8252 §7.1
		"com.example.app:///",
		"vscode://vscode.github-authentication/did-authenticate", "cursor://anysphere.cursor-mcp/oauth/callback", "myapp:/cb", "myapp://cb",
	} {
		if err := oauth.CheckRedirectURI(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "/cb", "app.example/cb", "//app.example/cb", "https:app.example",
		"https://", "https:///cb", "http:///cb", "https://:443/cb", "https://:/cb", "http://:8001/cb", "https://?x", // no host
		"com.example.app:", "com.example.app://", "com.example.app:////cb", "com.example.app://?x=1", "com.example.app://:80/cb", "com.example.app://:/cb",
		"javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "JavaScript:x", "about:blank",
		"https://app.example/cb#", "https://app.example/cb#x",
		"http://app.example/cb", "http://10.0.0.1/cb", "ftp://app.example/", // RFC 9700 §2.6
		"c:/cb", "myapp:", "myapp:cb", "myapp://", "myapp:////evil.example/cb", "myapp:/cb#x", "myapp://user@cb", "myapp:/cb?code=1", "myapp:/*",
		"ms-msdt:/id", "intent://x", "chrome://settings", "view-source:/x", "Shell:/x", "tel:/1", "search-ms:/query",
		"https://user@app.example/cb", "https://user:pw@app.example/cb", "https://a@b@c/",
		"https://app.example\\@evil.example/", "https://app.example/\tcb", "https://app.example/cb\n", "https://app.exa mple/",
		"https://[fe80::1%25eth0]/cb", "https://app.example/%2e%2e/cb", "https://app.example/../cb", "https://app.example/a/..;/cb", "https://app.example/%2Fcb", "https://app.example/%5ccb",
		"https://*.example.com/cb", "https://app.example/*",
		"https://app.example/cb?code=1", "https://app.example/cb?state=1", "https://app.example/cb?iss=x", "https://app.example/cb?error=x",
		"https://app.example/cb?%zz", "https://app.example/" + strings.Repeat("x", 3000), "https://äpp.example/cb",
	} {
		if err := oauth.CheckRedirectURI(bad); err == nil {
			t.Errorf("%q can be registered", bad)
		}
	}
}

// FuzzMatchRedirectURI compares the matcher with a simple one: equal bytes, or a
// loopback URI that differs only in its port.
func FuzzMatchRedirectURI(f *testing.F) {
	for _, seed := range []string{"https://app.example/cb", "http://localhost:8001/x?y", "http://127.0.0.1", "http://[::1]:1/", "http://localhost:1@evil/", "com.app:/x"} {
		f.Add(seed, seed)
		f.Add("http://localhost/cb", seed)
	}
	f.Fuzz(func(t *testing.T, registered, requested string) {
		if !oauth.MatchRedirectURI(registered, requested) {
			if registered == requested {
				t.Fatalf("%q does not match itself", registered)
			}
			return
		}
		if registered == requested {
			return
		}
		r, rerr := url.Parse(registered)
		q, qerr := url.Parse(requested)
		if rerr != nil || qerr != nil {
			return // such a URI cannot be registered
		}
		r.Host, q.Host = r.Hostname(), q.Hostname()
		if r.String() != q.String() || r.Scheme != "http" || q.User != nil || (r.Host != "localhost" && r.Host != "127.0.0.1" && r.Host != "::1") {
			t.Fatalf("%q matches %q", requested, registered)
		}
	})
}

// FuzzParseToken checks that the parser accepts only what String writes.
func FuzzParseToken(f *testing.F) {
	f.Add(oauth.NewToken(oauth.KindAccess, fixed).String())
	f.Add("lk_at_")
	f.Fuzz(func(t *testing.T, text string) {
		if token, ok := oauth.ParseToken(text, oauth.KindAccess); ok && token.String() != text {
			t.Fatalf("%q was read as %q", text, token.String())
		}
	})
}
