package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// scopeTable is a host program whose scopes are in a database.
type scopeTable struct {
	mu     sync.Mutex
	scopes []oauth.ScopeInfo
	err    error
	calls  atomic.Int64
}

func (s *scopeTable) read(ctx context.Context) ([]oauth.ScopeInfo, error) {
	s.calls.Add(1)
	if _, limited := ctx.Deadline(); !limited {
		return nil, errors.New("there is no deadline")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scopes, s.err
}

func (s *scopeTable) set(err error, names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err, s.scopes = err, nil
	for _, name := range names {
		s.scopes = append(s.scopes, oauth.ScopeInfo{Name: name, Description: "Do " + name + "."})
	}
}

func (s *scopeTable) house(t *testing.T, names ...string) *house {
	s.set(nil, names...)
	return newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Scopes, c.DefaultScopes, c.ScopeSource, c.Registration = nil, nil, s.read, provider.RegistrationOpen
	})
}

// scopeUsers are the requests that need to know the scopes.
func (h *house) scopeUsers(scope string) map[string]func() error {
	return map[string]func() error{
		"authorization": func() error { _, err := h.ask("scope", scope); return err },
		"token": func() error {
			_, err := h.token("grant_type", "client_credentials", "scope", scope)
			return err
		},
		"device": func() error {
			_, err := h.AuthorizeDevice(ctx, "", params(h.t, "client_id", h.id, "client_secret", h.key, "scope", scope))
			return err
		},
		"pushed request": func() error { _, err := h.pushed("scope", scope); return err },
		"host program": func() error {
			_, err := h.IssueToken(ctx, provider.TokenOrder{ClientID: h.id, Subject: "ada-id", Scope: oauth.Scopes{scope}})
			return err
		},
		"registration": func() error {
			_, err := h.Register(ctx, "", []byte(`{"redirect_uris":["https://app.example/cb"],"scope":"`+scope+`"}`))
			return err
		},
		"application": func() error {
			if err := h.ReadScopes(ctx); err != nil {
				return err
			}
			c := &oauth.Client{ID: "other", Name: "Other", Type: oauth.Public, GrantTypes: []string{oauth.GrantAuthorizationCode}, RedirectURIs: []string{callback}, Scopes: oauth.Scopes{scope}}
			if faults := h.ValidateClient(c); len(faults) > 0 {
				return oauth.Errorf(oauth.CodeInvalidScope, "%v", faults)
			}
			return nil
		},
		"discovery": func() error {
			known, err := h.KnownScopes(ctx)
			if err != nil {
				return err
			}
			doc, err := h.Metadata()
			if err != nil {
				return err
			}
			var metadata struct {
				Scopes []string `json:"scopes_supported"`
			}
			if err := json.Unmarshal(doc.Body, &metadata); err != nil {
				return err
			}
			if !slices.Contains(metadata.Scopes, scope) || !slices.ContainsFunc(known, func(i oauth.ScopeInfo) bool { return i.Name == scope }) {
				return oauth.Errorf(oauth.CodeInvalidScope, "%v %v", metadata.Scopes, known)
			}
			return nil
		},
	}
}

func TestScopesOfASourceChangeWhileTheServerRuns(t *testing.T) {
	var table scopeTable
	h := table.house(t, "read")
	tokens := h.tokens("scope", "read")
	if response, err := h.token("grant_type", "client_credentials"); err != nil || response.Scope != "read" {
		t.Errorf("the default scope: %+v %v", response, err)
	}
	table.set(nil, "write")
	for _, step := range []struct {
		pass           time.Duration
		known, unknown string
	}{{5*time.Second - time.Millisecond, "read", "write"}, {time.Millisecond, "write", "read"}} {
		h.pass(step.pass)
		for name, request := range h.scopeUsers(step.known) {
			if err := request(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, request := range h.scopeUsers(step.unknown) {
			if err := request(); err == nil || !errors.As(err, new(*oauth.Error)) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if calls := table.calls.Load(); calls != 2 {
		t.Errorf("the source was called %d times", calls)
	}
	if response, err := h.token("grant_type", "client_credentials"); err != nil || response.Scope != "write" {
		t.Errorf("the new default scope: %+v %v", response, err)
	}
	if !h.active(tokens.AccessToken) {
		t.Error("a token with a scope that was removed is not active")
	}
}

// A scope is not called unknown because the source fails, and nothing is used up.
func TestFailingScopeSourceMakesTheServerUnavailable(t *testing.T) {
	var table scopeTable
	h := table.house(t, "read")
	tokens := h.tokens("scope", "read openid")
	handle, err := h.ask("scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(5 * time.Second)
	for _, failure := range []error{errors.New("the database is gone"), oauth.Errorf(oauth.CodeInvalidScope, "No.")} {
		table.set(failure)
		users := h.scopeUsers("read")
		users["refresh"] = func() error { _, err := h.refresh(tokens.RefreshToken); return err }
		users["approval"] = func() error { _, err := h.decide(handle, h.who, "read"); return err }
		users["userinfo"] = func() error { _, err := h.UserInfo(ctx, tokens.AccessToken); return err }
		for name, request := range users {
			if err := request(); !errors.Is(err, oauth.ErrUnavailable) || errors.As(err, new(*oauth.Error)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !h.active(tokens.AccessToken) {
			t.Error("the token is not active while the source fails")
		}
	}
	table.set(nil, "read")
	if _, err := h.refresh(tokens.RefreshToken); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := h.decide(handle, h.who, "read"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestInvalidScopesOfASourceAreAFailureOfTheServer(t *testing.T) {
	for name, scopes := range map[string][]oauth.ScopeInfo{
		"no name":               {{Name: ""}},
		"a space":               {{Name: "read write"}},
		"twice":                 {{Name: "read"}, {Name: "read"}},
		"a hidden character":    {{Name: "read", Description: "Read\u202e"}},
		"a claim of the server": {{Name: "read", Claims: []string{"sub"}}},
		"of a resource":         {{Name: "list", Claims: []string{"groups"}}},
	} {
		table := &scopeTable{scopes: scopes}
		config := provider.Config{Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32), ScopeSource: table.read}
		config.Resources = []oauth.ResourceInfo{{URI: orders, Name: "Orders", Scopes: oauth.Scopes{"list"}}}
		if name != "of a resource" {
			config.Resources = nil
		}
		if _, err := provider.New(ctx, config); err == nil {
			t.Errorf("%s: the server starts", name)
		}
		table.scopes = []oauth.ScopeInfo{{Name: "list"}}
		h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
			c.Scopes, c.DefaultScopes, c.ScopeSource, c.Resources = nil, nil, table.read, config.Resources
		})
		h.pass(time.Minute)
		table.scopes = scopes
		if _, err := h.ask("scope", "read"); err == nil || errors.Is(err, oauth.ErrUnavailable) || errors.As(err, new(*oauth.Error)) || !strings.Contains(err.Error(), "ScopeSource") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestServerDoesNotStartWithoutTheScopesOfItsSource(t *testing.T) {
	table := &scopeTable{err: errors.New("the database is gone")}
	config := provider.Config{Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32), ScopeSource: table.read}
	if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), "the database is gone") {
		t.Errorf("a failing source: %v", err)
	}
	table.err, config.Scopes = nil, oauth.DefaultScopeInfos()
	if _, err := provider.New(ctx, config); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("two lists: %v", err)
	}
	h := table.house(t) // a source without scopes
	if known, err := h.KnownScopes(ctx); err != nil || len(known) != len(oauth.OpenIDScopeInfos())+len(oauth.AdminScopeInfos()) {
		t.Errorf("without scopes, the server knows %v %v", known, err)
	}
}

func TestConcurrentRequestsShareACallOfTheScopeSource(t *testing.T) {
	var table scopeTable
	h := table.house(t, "read")
	h.pass(time.Minute)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := h.KnownScopes(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if calls := table.calls.Load(); calls != 2 {
		t.Errorf("the source was called %d times", calls)
	}
}
