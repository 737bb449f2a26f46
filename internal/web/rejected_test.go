package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// misplacedSecrets returns requests that have a secret in a field whose value an
// error message would quote: method, address, body, headers.
func misplacedSecrets(p *latchkeytest.Provider, client *oauth.Client, clientSecret, secret string) map[string][]string {
	token := func(fields url.Values) []string {
		return []string{"POST", p.Issuer + "/token", fields.Encode(), "Content-Type", form}
	}
	with := func(more url.Values) url.Values {
		more.Set("client_id", client.ID)
		return more
	}
	link := func(more url.Values) []string { return []string{"GET", authorizeURL(p, client, more), ""} }
	swapped := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(secret)+":"+client.ID))
	return map[string][]string{
		"id and secret swapped":            {"POST", p.Issuer + "/token", "grant_type=client_credentials", "Content-Type", form, "Authorization", swapped},
		"swapped, without a grant type":    {"POST", p.Issuer + "/token", "x=y", "Content-Type", form, "Authorization", swapped},
		"swapped, by GET":                  {"GET", p.Issuer + "/token", "", "Authorization", swapped},
		"as client_id":                     token(url.Values{"grant_type": {"client_credentials"}, "client_id": {secret}}),
		"as client_id in JSON":             {"POST", p.Issuer + "/token", `{"client_id":"` + secret + `"}`, "Content-Type", "application/json"},
		"as client_id and in a header":     {"POST", p.Issuer + "/token", "client_secret=x&client_id=" + url.QueryEscape(secret), "Content-Type", form, "Authorization", swapped},
		"as grant_type":                    token(with(url.Values{"grant_type": {secret}})),
		"as a wrong client_secret":         token(with(url.Values{"grant_type": {"client_credentials"}, "client_secret": {secret + "x"}})),
		"as scope":                         token(with(url.Values{"grant_type": {"client_credentials"}, "client_secret": {clientSecret}, "scope": {secret}})),
		"as the name of a parameter":       token(url.Values{secret: {"x"}}),
		"as the method":                    {"X" + secret, p.Issuer + "/token", ""},
		"as the content type":              {"POST", p.Issuer + "/token", "x", "Content-Type", "text/" + secret},
		"in the path":                      {"POST", p.Issuer + "/userinfo/" + url.PathEscape(secret), ""},
		"in the path of the back office":   {"POST", p.URL + "/admin/" + url.PathEscape(secret), ""},
		"in the query":                     {"POST", p.Issuer + "/token?token=" + url.QueryEscape(secret), "", "Content-Type", form},
		"as the access token":              {"GET", p.Issuer + "/userinfo", "", "Authorization", "Bearer " + secret},
		"as client_id of a link":           link(url.Values{"client_id": {secret}}),
		"as redirect_uri of a link":        link(url.Values{"redirect_uri": {"https://app.example/?x=" + secret}}),
		"as scope of a link":               link(url.Values{"scope": {secret}}),
		"as response_type of a link":       link(url.Values{"response_type": {secret}}),
		"as prompt of a link":              link(url.Values{"prompt": {secret}}),
		"as the handle of a request":       {"GET", p.Issuer + "/authorize/?resume=" + url.QueryEscape(secret), ""},
		"in the redirect URI of a logout":  {"GET", p.Issuer + "/logout/?client_id=" + client.ID + "&post_logout_redirect_uri=" + url.QueryEscape("https://a/"+secret), ""},
		"as the id_token_hint of a logout": {"GET", p.Issuer + "/logout/?id_token_hint=" + url.QueryEscape(secret), ""},
	}
}

func TestSecretInAWrongFieldReachesNeitherLogNorBackOffice(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	p.AddUser("ada", true)
	client, clientSecret := p.AddClient("https://app.example/cb", nil)
	now := time.Now()
	for kind, secret := range map[string]string{
		"client secret": clientSecret, "access token": oauth.NewToken(oauth.KindAccess, now).String(), "refresh token": oauth.NewToken(oauth.KindRefresh, now).String(),
		"code": oauth.NewToken(oauth.KindCode, now).String(), "JWT": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
	} {
		for name, request := range misplacedSecrets(p, client, clientSecret, secret) {
			_, _ = send(t, request[0], request[1], request[2], request[3:]...)
			if text := log.String(); strings.Contains(text, secret[8:]) {
				t.Errorf("%s %s: the log contains it: %s", kind, name, text)
			}
			log.Reset()
		}
	}
	// A password does not look like a secret. It is recognized only by its place.
	for _, name := range []string{"as client_id", "as client_id of a link", "swapped, by GET", "id and secret swapped", "as client_id and in a header"} {
		request := misplacedSecrets(p, client, clientSecret, "correct horse battery staple")[name]
		_, _ = send(t, request[0], request[1], request[2], request[3:]...)
	}
	if text := log.String(); strings.Contains(text, "horse") || strings.Count(text, `"client_id":"correct …"`) != 5 {
		t.Errorf("password as client_id: the log is %s", text)
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	page := b.Open(p.URL + "/admin/problems/")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "is unknown") {
		t.Fatalf("the back office shows no rejected request: %s", page.Body)
	}
	for _, secret := range []string{clientSecret[8:], "eyJzdWIiOiJhZGEifQ", "horse"} {
		if strings.Contains(page.Body, secret) {
			t.Errorf("the back office shows %s", secret)
		}
	}
}

func TestRejectedRequestIsLoggedWithAnErrorIDAndItsReason(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	const sendForm = "Send the parameters form-encoded: Content-Type application/x-www-form-urlencoded."
	for name, c := range map[string]struct {
		request []string
		status  int
		want    map[string]any
	}{
		"GET": {
			[]string{"GET", p.Issuer + "/token/", ""},
			405,
			map[string]any{"route": "/o/token", "code": "invalid_request", "description": "Use POST.", "detail": `method "GET"`},
		},
		"JSON": {
			[]string{"POST", p.Issuer + "/introspect", "{}", "Content-Type", "application/json"},
			415,
			map[string]any{"route": "/o/introspect", "code": "invalid_request", "description": sendForm, "detail": `Content-Type "application/json"`},
		},
		"no grant_type": {
			[]string{"POST", p.Issuer + "/token", "client_id=nobody-here", "Content-Type", form},
			400,
			map[string]any{"route": "/o/token", "code": "invalid_request", "client_id": "nobod…", "description": "The parameter grant_type is missing from the form-encoded body."},
		},
		"no access token": {
			[]string{"GET", p.Issuer + "/userinfo", ""},
			401,
			map[string]any{"route": "/o/userinfo", "code": "invalid_request", "description": "No access token was sent."},
		},
		"wrong method for userinfo": {
			[]string{"PUT", p.Issuer + "/userinfo", ""},
			405,
			map[string]any{"route": "/o/userinfo", "code": "invalid_request", "description": "Use GET or POST.", "detail": `method "PUT"`},
		},
		"wrong method for a document": {
			[]string{"POST", p.Issuer + "/.well-known/jwks.json", ""},
			405,
			map[string]any{"route": "/o/.well-known/jwks.json", "code": "invalid_request", "description": "Use GET.", "detail": `method "POST"`},
		},
		"wrong method for a page": {
			[]string{"PUT", p.Issuer + "/authorize", ""},
			405,
			map[string]any{"route": "/o/authorize", "code": "invalid_request", "description": "Use GET or POST.", "detail": `method "PUT"`},
		},
		"JSON for a page": {
			[]string{"POST", p.Issuer + "/authorize", "{}", "Content-Type", "application/json"},
			415,
			map[string]any{"route": "/o/authorize", "code": "invalid_request", "description": sendForm, "detail": `Content-Type "application/json"`},
		},
		"no such page": {
			[]string{"GET", p.URL + "/no/such/page", ""},
			404,
			map[string]any{"route": "/", "code": "invalid_request", "description": "Page not found", "detail": `the path is "/no/such/page"`},
		},
		"no such endpoint": {
			[]string{"POST", p.Issuer + "/no/endpoint", "", "Content-Type", form},
			404,
			map[string]any{"route": "/", "code": "invalid_request", "description": "There is no endpoint at this path. The metadata at " + p.Issuer + "/.well-known/openid-configuration lists the endpoints.", "detail": `the path is "/o/no/endpoint"`},
		},
		"endpoint without the path of the issuer": {
			[]string{"GET", p.URL + "/authorize/", ""},
			404,
			map[string]any{"route": "/", "code": "invalid_request", "description": "Page not found", "detail": "the path of this page is /o/authorize/. Correct the URL in the client, or mount the Server so that it sees the path of the issuer, without http.StripPrefix"},
		},
		"endpoint below another path than that of the issuer": {
			[]string{"GET", p.URL + "/oauth/.well-known/openid-configuration", ""},
			404,
			map[string]any{"route": "/", "code": "invalid_request", "description": "Page not found", "detail": "the path of this page is /o/.well-known/openid-configuration. Correct the URL in the client, or mount the Server so that it sees the path of the issuer, without http.StripPrefix"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "endpoint ") {
				send(t, c.request[0], c.request[1], c.request[2]) // the first one also causes a warning
			}
			log.Reset()
			response, body := send(t, c.request[0], c.request[1], c.request[2], c.request[3:]...)
			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("%v: %s", err, log.String())
			}
			if id, _ := line["error_id"].(string); len(id) != 10 || response.StatusCode != c.status {
				t.Errorf("got %d %s, error ID %q", response.StatusCode, body, id)
			}
			for _, always := range []string{"time", "level", "msg", "error_id"} {
				delete(line, always)
			}
			for name := range line {
				if line[name] != c.want[name] {
					t.Errorf("%s is %q, want %q", name, line[name], c.want[name])
				}
			}
			if len(line) != len(c.want) {
				t.Errorf("the log line has %v", line)
			}
		})
	}
}
