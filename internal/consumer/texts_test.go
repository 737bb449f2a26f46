package consumer_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/consumer"
	"github.com/seed-e6a88a41/latchkey/internal/pseudo"
)

// inPseudo is a transport that prefers the language whose words are in brackets.
type inPseudo struct{ http.RoundTripper }

func (p inPseudo) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Accept-Language", pseudo.Language)
	return p.RoundTripper.RoundTrip(r)
}

// newPseudo returns a consumer that is translated into this language, and a provider.
func newPseudo(t *testing.T, metadata http.HandlerFunc) site {
	t.Helper()
	templates, err := pseudo.Templates()
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, metadata, func(o *consumer.Options) { o.Templates = templates })
	s.Transport = inPseudo{http.DefaultTransport}
	return s
}

// values are parts of addresses and of examples that are values of placeholders.
var values = []string{`{"logo_uri": "https://app.example/logo.png"}`, "http://127.0.0.1:1", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/o", "wrong-issuer", "nonce"}

// checkPage sends a request, and checks that all words of the page are in a catalogue.
func (s site) checkPage(path string, form url.Values) (page string) {
	s.t.Helper()
	response, err := s.Get(s.consumer + path)
	if form != nil {
		response, err = s.PostForm(s.consumer+path, form)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	for _, text := range pseudo.Untranslated(string(body), append([]string{"OAuth 2 consumer", s.consumer, s.provider}, values...)...) {
		s.t.Errorf("%s %v: %q is not in a catalogue", path, form, text)
	}
	if !strings.Contains(string(body), `<html lang="`+pseudo.Language+`" dir="ltr">`) || !strings.Contains(string(body), "⟦") {
		s.t.Errorf("%s %v: got %s", path, form, body)
	}
	return string(body)
}

func TestAllTextsOfTheConsumerAreInACatalogue(t *testing.T) {
	p := &registrar{t: t}
	s := newPseudo(t, p.ServeHTTP)
	routes, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`"GET (/[a-z-]*(?:/[a-z-]+)*/?)\{\$\}"`).FindAllStringSubmatch(string(routes), -1)
	if len(found) < 18 {
		t.Errorf("only %d routes were found", len(found))
	}
	for _, route := range found {
		if route[1] != "/consumer/device/qr/" {
			s.checkPage(route[1], nil)
		}
	}
	s.checkPage("/nothing/", nil)
	issuer := s.provider + "/o"
	s.checkPage("/consumer/?client_id=a&authorization_url=x", nil)
	s.checkPage("/consumer/", url.Values{"more": {"x"}})
	s.checkPage("/consumer/", url.Values{"more": {"nonce=x"}, "authorization_url": {"x"}, "token_url": {"x"}})
	for _, wrong := range []string{"x", s.provider, "http://127.0.0.1:1", "http://["} {
		s.checkPage("/consumer/", url.Values{"client_id": {"a"}, "issuer": {wrong}})
	}
	body := s.checkPage("/consumer/", url.Values{"client_id": {"a"}, "issuer": {issuer}, "scope": {"openid"}, "prompt": {"login"}, "resource": {"urn:x"}, "more": {"x=y"}})
	state := regexp.MustCompile(`state=([A-Z0-9]+)`).FindStringSubmatch(body)[1]
	s.checkPage("/consumer/exchange/?code=c&state="+state, nil)
	s.checkPage("/consumer/exchange/?code=c&state=x", nil)
	s.checkPage("/consumer/exchange/?code=c&iss=wrong-issuer&state="+state, nil)
	for _, code := range []string{"access_denied", "invalid_scope", "unauthorized_client", "unsupported_response_type", "invalid_request", "login_required", "server_error", "x"} {
		s.checkPage("/consumer/exchange/?error="+code+"&error_description=x&state="+state, nil)
	}
	s.checkPage("/consumer/push/", url.Values{})
	s.checkPage("/consumer/push/", url.Values{"client_id": {"a"}, "issuer": {issuer}})
	s.checkPage("/consumer/push/", url.Values{"client_id": {"a"}, "authorization_url": {issuer}})
	s.checkPage("/consumer/push/", url.Values{"client_id": {"a"}, "authorization_url": {issuer}, "push_url": {issuer}, "client_secret": {"s"}})
	s.checkPage("/consumer/push/", url.Values{"client_id": {"a"}, "authorization_url": {issuer}, "push_url": {"http://127.0.0.1:1"}})
	s.checkPage("/consumer/logout/", url.Values{"issuer": {issuer}})
	s.checkPage("/consumer/logout/", url.Values{"issuer": {"x"}})
	s.checkPage("/consumer/logout/", url.Values{"logout_url": {"x"}})
	s.checkPage("/consumer/register/", url.Values{"issuer": {"x"}, "more": {"x"}})
	s.checkPage("/consumer/register/", url.Values{"issuer": {issuer}, "initial_access_token": {"wrong"}})
	s.checkPage("/consumer/register/", url.Values{"issuer": {issuer}})
	for _, form := range []url.Values{
		{},
		{"uri": {issuer + "/registration_endpoint"}, "token": {"wrong"}},
		{"uri": {issuer + "/registration_endpoint"}, "token": {"t"}},
		{"uri": {"http://127.0.0.1:1"}},
		{"uri": {issuer + "/registration_endpoint"}, "action": {"save"}, "metadata": {"x"}},
		{"uri": {issuer + "/registration_endpoint"}, "action": {"save"}, "metadata": {"{}"}},
		{"uri": {issuer + "/registration_endpoint"}, "action": {"delete"}},
		{"uri": {issuer + "/registration_endpoint"}, "action": {"delete"}, "confirmed": {"yes"}},
	} {
		s.checkPage("/consumer/registration/", form)
	}
	s.checkPage("/consumer/", url.Values{"more": {strings.Repeat("x", 1<<20)}})
}

// TestScriptsOfTheConsumerGetTextsInTheLanguageOfThePerson checks what scripts receive.
func TestScriptsOfTheConsumerGetTextsInTheLanguageOfThePerson(t *testing.T) {
	s := newPseudo(t, fullMetadata)
	for path, want := range map[string]string{
		"/consumer/texts.js": `"consumer.script.expires":{"one":"⟦It expires in ⟧{n}⟦ second.⟧","other":"⟦It expires in ⟧{n}⟦ seconds.⟧"}`,
	} {
		if _, body := s.get(path); !strings.Contains(body, want) || !strings.HasPrefix(body, "export default {") {
			t.Errorf("%s: got %s", path, body)
		}
	}
	for path, form := range map[string]url.Values{
		"/consumer/provider/": {"issuer": {"x"}}, "/consumer/renew/": {}, "/consumer/relay/": {"url": {"x"}},
	} {
		if _, body := s.submit(path, form); !strings.Contains(body, `{"problem":"⟦`) {
			t.Errorf("%s: got %s", path, body)
		}
	}
	for path, form := range map[string]url.Values{
		"/consumer/id-token/check/": {"id_token": {"a.b.c.d.e"}}, "/consumer/userinfo/check/": {"userinfo": {"x"}},
	} {
		if _, body := s.submit(path, form); !strings.Contains(body, `"id":"Format","name":"⟦Format⟧","state":"failed","text":"⟦`) {
			t.Errorf("%s: got %s", path, body)
		}
	}
}

// TestScriptsOfTheConsumerHaveNoSentences finds literals in scripts that people would see.
func TestScriptsOfTheConsumerHaveNoSentences(t *testing.T) {
	files, err := filepath.Glob("pages/assets/*.js")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	literals := regexp.MustCompile("\"(?:[^\"\\\\\n]|\\\\.)*\"|`(?:[^`\\\\\n]|\\\\.)*`")
	sentence := regexp.MustCompile(`[A-Za-z]{2,} [a-z]{2,}`)
	for _, name := range files {
		script, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source := regexp.MustCompile(`(?m)^\s*//.*$|\s// .*$`).ReplaceAllString(string(script), "")
		for _, found := range literals.FindAllString(source, -1) {
			if sentence.MatchString(regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(found, "")) {
				t.Errorf("%s: %s is not in a catalogue", name, found)
			}
		}
	}
}
