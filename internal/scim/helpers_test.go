package scim_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// server is a provider with a directory that uses its SCIM endpoints.
type server struct {
	*latchkeytest.Provider
	t      *testing.T
	events *[]oauth.Event
}

func start(t *testing.T, change ...func(*latchkey.Options)) server {
	t.Helper()
	s := server{t: t, events: new([]oauth.Event)}
	s.Provider = latchkeytest.New(t, append(change, func(o *latchkey.Options) { o.OnEvent = onEvent(s.events) })...)
	return s
}

// directory are the scopes of a directory that cannot give roles, and all are those of one that can.
const (
	directory = oauth.AdminScopePrefix + "people:read " + oauth.AdminScopePrefix + "people:write"
	all       = oauth.ScopeAdmin
)

// as returns an access token of an application with a role.
func (s server) as(role account.Role, scope string) string {
	s.t.Helper()
	c, secret := s.AddInvalidClient("https://directory.example/cb", func(c *oauth.Client) {
		c.Name, c.GrantTypes, c.AdminRole, c.Scopes = "Directory", []string{oauth.GrantClientCredentials}, string(role), strings.Fields(scope)
	})
	response, err := http.PostForm(s.Issuer+"/token/", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {secret}, "scope": {scope}, "resource": {s.URL + "/admin/api/v1"}})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var a struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil || a.Token == "" {
		s.t.Fatal("no token", err)
	}
	return a.Token
}

// an answer is a response.
type answer struct {
	*http.Response
	body string
	json map[string]any
}

func (a answer) text(name string) string {
	text, _ := a.json[name].(string)
	return text
}

// call sends a request. Each header is "Name: value".
func (s server) call(token, method, path, body string, headers ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+"/admin/scim/v2/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json")
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
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{Response: response, body: string(text)}
	_ = json.Unmarshal(text, &a.json)
	if kind := response.Header.Get("Content-Type"); len(text) > 0 && kind != "application/scim+json" {
		s.t.Errorf("%s %s: the type is %s", method, path, kind)
	}
	return a
}

// want sends a request, and checks the status and the scimType of the response.
func (s server) want(status int, kind, token, method, path, body string, headers ...string) answer {
	s.t.Helper()
	a := s.call(token, method, path, body, headers...)
	if a.StatusCode != status || a.text("scimType") != kind {
		s.t.Errorf("%s %s %s: got %s %s, want %d %s", method, path, body, a.Status, a.body, status, kind)
	}
	return a
}

// filter returns the path with a filter.
func filter(path, text string) string { return path + "?filter=" + url.QueryEscape(text) }

// user returns a person from the Store.
func (s server) user(id string) *account.User {
	s.t.Helper()
	u, err := s.Store.User(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// acts returns the kinds of the events of administration.
func (s server) acts() (kinds []string) {
	for _, e := range *s.events {
		if e.Name == oauth.EventAdministration {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func onEvent(events *[]oauth.Event) func(context.Context, oauth.Event) {
	var mu sync.Mutex
	return func(_ context.Context, e oauth.Event) {
		mu.Lock()
		defer mu.Unlock()
		*events = append(*events, e)
	}
}
