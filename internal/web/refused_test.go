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

// refused are requests that are wrong by what stands where: each holds the
// secret in a field that an explanation would quote.
func refused(p *latchkeytest.Provider, client *oauth.Client, ours, secret string) map[string][]string { // method, address, body, headers
	token := func(fields url.Values) []string {
		return []string{"POST", p.Issuer + "/token", fields.Encode(), "Content-Type", form}
	}
	who := func(more url.Values) url.Values {
		more.Set("client_id", client.ID)
		return more
	}
	link := func(more url.Values) []string { return []string{"GET", authorizeURL(p, client, more), ""} }
	swapped := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(secret)+":"+client.ID))
	return map[string][]string{
		"id and secret swapped":        {"POST", p.Issuer + "/token", "grant_type=client_credentials", "Content-Type", form, "Authorization", swapped},
		"swapped, and nothing else":    {"POST", p.Issuer + "/token", "x=y", "Content-Type", form, "Authorization", swapped},
		"swapped, by GET":              {"GET", p.Issuer + "/token", "", "Authorization", swapped},
		"as client_id":                 token(url.Values{"grant_type": {"client_credentials"}, "client_id": {secret}}),
		"as client_id, sent as JSON":   {"POST", p.Issuer + "/token", `{"client_id":"` + secret + `"}`, "Content-Type", "application/json"},
		"as client_id and in a header": {"POST", p.Issuer + "/token", "client_secret=x&client_id=" + url.QueryEscape(secret), "Content-Type", form, "Authorization", swapped},
		"as grant_type":                token(who(url.Values{"grant_type": {secret}})),
		"as scope":                     token(who(url.Values{"grant_type": {"client_credentials"}, "client_secret": {ours}, "scope": {secret}})),
		"as the name of a field":       token(url.Values{secret: {"x"}}),
		"as the method":                {"X" + secret, p.Issuer + "/token", ""},
		"as the content type":          {"POST", p.Issuer + "/token", "x", "Content-Type", "text/" + secret},
		"in the path":                  {"POST", p.Issuer + "/userinfo/" + url.PathEscape(secret), ""},
		"in the path of the office":    {"POST", p.URL + "/admin/" + url.PathEscape(secret), ""},
		"in the query":                 {"POST", p.Issuer + "/token?token=" + url.QueryEscape(secret), "", "Content-Type", form},
		"as userinfo's token":          {"GET", p.Issuer + "/userinfo", "", "Authorization", "Bearer " + secret},
		"as client_id of a link":       link(url.Values{"client_id": {secret}}),
		"as redirect_uri of a link":    link(url.Values{"redirect_uri": {"https://app.example/?x=" + secret}}),
		"as scope of a link":           link(url.Values{"scope": {secret}}),
		"as response_type of a link":   link(url.Values{"response_type": {secret}}),
		"as prompt of a link":          link(url.Values{"prompt": {secret}}),
		"as the handle of a page":      {"GET", p.Issuer + "/authorize/?resume=" + url.QueryEscape(secret), ""},
		"as where to go after log-out": {"GET", p.Issuer + "/logout/?client_id=" + client.ID + "&post_logout_redirect_uri=" + url.QueryEscape("https://a/"+secret), ""},
		"as hint of a log-out":         {"GET", p.Issuer + "/logout/?id_token_hint=" + url.QueryEscape(secret), ""},
	}
}

// TestARefusedRequestLeavesNoSecretBehind: neither in the log nor in the back
// office, whichever field it was put into.
func TestARefusedRequestLeavesNoSecretBehind(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	p.AddUser("ada", true)
	client, ours := p.AddClient("https://app.example/cb", nil)
	now := time.Now()
	for kind, secret := range map[string]string{
		"a client secret": ours, "an access token": oauth.NewToken(oauth.KindAccess, now).String(), "a refresh token": oauth.NewToken(oauth.KindRefresh, now).String(),
		"a code": oauth.NewToken(oauth.KindCode, now).String(), "a JWT": "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
	} {
		for name, request := range refused(p, client, ours, secret) {
			_, _ = send(t, request[0], request[1], request[2], request[3:]...)
			if text := log.String(); strings.Contains(text, secret[8:]) {
				t.Errorf("%s %s: the log has %s", kind, name, text)
			}
			log.Reset()
		}
	}
	for _, name := range []string{"as client_id", "as client_id of a link", "swapped, by GET", "id and secret swapped", "as client_id and in a header"} {
		request := refused(p, client, ours, "correct horse battery staple")[name] // of another form, it is known by its field alone
		_, _ = send(t, request[0], request[1], request[2], request[3:]...)
	}
	if text := log.String(); strings.Contains(text, "horse") || strings.Count(text, `"client_id":"correct …"`) != 5 {
		t.Errorf("a password as client_id: the log has %s", text)
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	page := b.Open(p.URL + "/admin/problems/")
	if page.StatusCode != 200 || !strings.Contains(page.Body, "is unknown") {
		t.Fatalf("the back office shows no refused request: %s", page.Body)
	}
	for _, secret := range []string{ours[8:], "eyJzdWIiOiJhZGEifQ", "horse"} {
		if strings.Contains(page.Body, secret) {
			t.Errorf("the back office shows %s", secret)
		}
	}
}

// TestEveryRefusedRequestHasAnErrorID and a line that says what is known of it,
// and nothing that is not.
func TestEveryRefusedRequestHasAnErrorID(t *testing.T) {
	var log bytes.Buffer
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
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
			map[string]any{"route": "/o/introspect", "code": "invalid_request", "description": "Send the parameters form-encoded: Content-Type application/x-www-form-urlencoded.", "detail": `Content-Type "application/json"`},
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
		"another method of userinfo": {
			[]string{"PUT", p.Issuer + "/userinfo", ""},
			405,
			map[string]any{"route": "/o/userinfo", "code": "invalid_request", "description": "Use GET or POST.", "detail": `method "PUT"`},
		},
		"another method of the metadata": {
			[]string{"POST", p.Issuer + "/.well-known/jwks.json", ""},
			405,
			map[string]any{"route": "/o/.well-known/jwks.json", "code": "invalid_request", "description": "Use GET.", "detail": `method "POST"`},
		},
		"another method of a page": {
			[]string{"PUT", p.Issuer + "/authorize", ""},
			405,
			map[string]any{"route": "/o/authorize", "code": "invalid_request", "description": "Use GET or POST.", "detail": `method "PUT"`},
		},
		"JSON for a page": {
			[]string{"POST", p.Issuer + "/authorize", "{}", "Content-Type", "application/json"},
			415,
			map[string]any{"route": "/o/authorize", "code": "invalid_request", "description": "Send the parameters form-encoded: Content-Type application/x-www-form-urlencoded.", "detail": `Content-Type "application/json"`},
		},
		"no page": {
			[]string{"GET", p.URL + "/no/such/page", ""},
			404,
			map[string]any{"route": "/", "code": "invalid_request", "description": "Page not found"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			log.Reset()
			response, body := send(t, c.request[0], c.request[1], c.request[2], c.request[3:]...)
			var line map[string]any
			if err := json.Unmarshal(log.Bytes(), &line); err != nil {
				t.Fatalf("%v: %s", err, log.String())
			}
			if id, _ := line["error_id"].(string); len(id) != 10 || response.StatusCode != c.status {
				t.Errorf("%d %s: the error id is %q", response.StatusCode, body, id)
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
				t.Errorf("it says %v", line)
			}
		})
	}
}
