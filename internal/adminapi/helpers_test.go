package adminapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// server is a provider with a client of its admin API.
type server struct {
	*latchkeytest.Provider
	t *testing.T
	// events are those of administration.
	events *[]oauth.Event
}

func start(t *testing.T, change ...func(*latchkey.Options)) server {
	t.Helper()
	events := new([]oauth.Event)
	p := latchkeytest.New(t, append(change, collect(events))...)
	return server{p, t, events}
}

// answer is a response of the API.
type answer struct {
	*http.Response
	body []byte
	json map[string]any
}

// text returns a member of the response.
func (a answer) text(name string) string {
	text, _ := a.json[name].(string)
	return text
}

func (s server) uri() string { return s.URL + "/admin/api/v1" }

// call sends a request. Each header is "Name: value".
func (s server) call(token, method, path, body string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.uri()+"/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	a := answer{Response: response}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		s.t.Fatal(err)
	}
	_ = json.Unmarshal(a.body, &a.json)
	return a
}

// want sends a request, and checks the status of the response.
func (s server) want(status int, token, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.call(token, method, path, body, headers...)
	if a.StatusCode != status {
		s.t.Errorf("%s %s %s: got %s %s, want %d", method, path, body, a.Status, a.body, status)
	}
	return a
}

// machine adds an application with a role and scopes, and returns it and its secret. The role
// can be one that does not exist.
func (s server) machine(role account.Role, scopes ...string) (*oauth.Client, string) {
	s.t.Helper()
	return s.AddInvalidClient("https://machine.example/cb", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.AdminRole, c.Scopes = "Machine", []string{oauth.GrantClientCredentials}, string(role), scopes
	})
}

// token returns an access token of an application for the admin API.
func (s server) token(c *oauth.Client, secret string, scopes ...string) string {
	s.t.Helper()
	a := s.request(c, secret, url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}, "resource": {s.uri()}})
	token, _ := a["access_token"].(string)
	if token == "" {
		s.t.Fatalf("no token: %v", a)
	}
	return token
}

// as returns an access token of an application with a role. Without scopes, it has all of them.
func (s server) as(role account.Role, scopes ...string) string {
	s.t.Helper()
	if len(scopes) == 0 {
		scopes = []string{oauth.ScopeAdmin}
	}
	c, secret := s.machine(role, scopes...)
	return s.token(c, secret, scopes...)
}

// request posts a form to the token endpoint.
func (s server) request(c *oauth.Client, secret string, form url.Values) map[string]any {
	s.t.Helper()
	form.Set("client_id", c.ID)
	form.Set("client_secret", secret)
	response, err := http.PostForm(s.Issuer+"/token/", form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var a map[string]any
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		s.t.Fatal(err)
	}
	return a
}

// personToken logs a person in, who allows an application to use the admin API.
func (s server) personToken(username string, scopes ...string) (string, error) {
	s.t.Helper()
	c, secret := s.AddClient("https://console.example/cb", func(c *oauth.Client) { c.Name, c.Scopes = "Console", scopes })
	code, err := s.Browser().Authorize(s.Issuer+"/authorize/?"+url.Values{
		"response_type": {"code"}, "client_id": {c.ID}, "scope": {strings.Join(scopes, " ")}, "resource": {s.uri()}, "state": {"x"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode(), username)
	if err != nil {
		return "", err
	}
	a := s.request(c, secret, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}})
	token, _ := a["access_token"].(string)
	return token, nil
}

// problem returns the kind of a problem.
func (a answer) problem() string { return strings.TrimPrefix(a.text("type"), "urn:latchkey:problem:") }

// fields returns the members that a problem is about.
func (a answer) fields() (names []string) {
	faults, _ := a.json["errors"].([]any)
	for _, f := range faults {
		name, _ := f.(map[string]any)["field"].(string)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func collect(events *[]oauth.Event) func(*latchkey.Options) {
	return func(o *latchkey.Options) {
		o.OnEvent = onEvent(events)
	}
}

func page() paging.Page { return paging.Page{Limit: 100} }
