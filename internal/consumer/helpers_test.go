package consumer_test

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func base64URL(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// submit posts a form and returns the text of the page.
func (s site) submit(path string, fields url.Values) (int, string) {
	s.t.Helper()
	response, err := s.PostForm(s.consumer+path, fields)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode, html.UnescapeString(string(body))
}

// post posts a form as a script does, and decodes the response.
func (s site) post(t *testing.T, path string, fields url.Values, status int, answer any) {
	t.Helper()
	response, err := s.PostForm(s.consumer+path, fields)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != status || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s: got %s %v, want %d", path, response.Status, response.Header, status)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		t.Fatal(err)
	}
}

// fullMetadata serves the metadata of a provider that has all endpoints.
func fullMetadata(w http.ResponseWriter, r *http.Request) {
	issuer := "http://" + r.Host + "/o"
	metadata := map[string]any{"issuer": issuer}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "end_session_endpoint", "registration_endpoint", "jwks_uri", "userinfo_endpoint"} {
		metadata[name] = issuer + "/" + name
	}
	_ = json.NewEncoder(w).Encode(metadata)
}

// TestFormsOfOtherSitesAreRejected: a page of another site must not make the consumer
// send requests, or use what the browser has.
func TestFormsOfOtherSitesAreRejected(t *testing.T) {
	called := false
	s := newSite(t, func(w http.ResponseWriter, r *http.Request) {
		called = true
		fullMetadata(w, r)
	})
	for _, path := range []string{
		"/consumer/", "/consumer/provider/", "/consumer/relay/", "/consumer/id-token/check/", "/consumer/renew/", "/consumer/logout/", "/consumer/key/assertion/",
		"/consumer/register/", "/consumer/registration/", "/consumer/push/", "/consumer/userinfo/check/",
	} {
		form := url.Values{"client_id": {"app"}, "issuer": {s.provider + "/o"}, "uri": {s.provider}, "jwks_uri": {s.provider}, "url": {s.provider}}
		r, err := http.NewRequest(http.MethodPost, s.consumer+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://evil.example")
		response, err := s.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusForbidden || called {
			t.Errorf("%s: got %s, and the provider was called: %t", path, response.Status, called)
		}
	}
}

// TestOtherNamesOfThisMachineAreNotAnswered: with DNS rebinding, a page of another site
// has the same origin as the consumer in the eyes of the browser.
func TestOtherNamesOfThisMachineAreNotAnswered(t *testing.T) {
	called := false
	s := newSite(t, func(http.ResponseWriter, *http.Request) { called = true })
	s.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	port := s.consumer[strings.LastIndex(s.consumer, ":"):]
	for _, host := range []string{"evil.example" + port, "evil.example", "127.0.0.1:1", "localhost" + port, "127.0.0.1" + port + ".evil.example"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			form := url.Values{"uri": {s.provider}, "issuer": {s.provider + "/o"}}
			r, err := http.NewRequest(method, s.consumer+"/consumer/registration/?x=1", strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Origin", "http://"+host)
			response, err := s.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			want, to := http.StatusMisdirectedRequest, ""
			if method == http.MethodGet {
				want, to = http.StatusFound, s.consumer+"/consumer/registration/?x=1"
			}
			if response.StatusCode != want || response.Header.Get("Location") != to || called {
				t.Errorf("%s %s: got %s %s, and the address in the form was called: %t", method, host, response.Status, response.Header.Get("Location"), called)
			}
		}
	}
}
