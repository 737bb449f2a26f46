package adminapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
)

// nobody are the people of a host, of whom nobody is logged in.
type nobody struct{}

func (nobody) Current(*http.Request) (*latchkey.Person, error) { return nil, nil }

func (nobody) LogIn(w http.ResponseWriter, _ *http.Request, _ latchkey.Interaction) {
	w.WriteHeader(http.StatusNoContent)
}

// failing is a Store whose lists fail.
type failing struct {
	latchkey.Store
	failing atomic.Bool
}

func (f *failing) fail() error {
	if f.failing.Load() {
		return fmt.Errorf("%w: no connection", oauth.ErrUnavailable)
	}
	return nil
}

func (f *failing) Clients(ctx context.Context, filter oauth.ClientFilter, p paging.Page) ([]*oauth.Client, paging.Cursor, error) {
	if err := f.fail(); err != nil {
		return nil, paging.Cursor{}, err
	}
	return f.Store.Clients(ctx, filter, p)
}

func (f *failing) Users(ctx context.Context, filter account.UserFilter, p paging.Page) ([]*account.User, paging.Cursor, error) {
	if err := f.fail(); err != nil {
		return nil, paging.Cursor{}, err
	}
	return f.Store.Users(ctx, filter, p)
}

func (f *failing) AuditRows(ctx context.Context, filter audit.Filter, p paging.Page) ([]audit.Row, paging.Cursor, error) {
	if err := f.fail(); err != nil {
		return nil, paging.Cursor{}, err
	}
	return f.Store.AuditRows(ctx, filter, p)
}

// TestNamesHaveTheExactLetterCase: encoding/json alone accepts others, and a proxy that checks
// requests might not.
func TestNamesHaveTheExactLetterCase(t *testing.T) {
	s := start(t)
	token := s.as(account.RoleAdministrator)
	for _, body := range []string{`{"Username": "ada"}`, `{"username": "ada", "ROLES": ["administrator"]}`, `{"username": "ada", "nonsense": 1}`} {
		s.want(http.StatusUnprocessableEntity, token, "POST", "people", body)
	}
	s.want(http.StatusUnprocessableEntity, token, "POST", "applications/x/revoke", `{"nonsense": 1}`)
}

// TestADeviceCannotRequestAdministration: anybody can send a user code to an administrator (RFC
// 8628 §5.4).
func TestADeviceCannotRequestAdministration(t *testing.T) {
	s := start(t)
	c, secret := s.machine(account.RoleAdministrator, oauth.ScopeAdmin)
	c.GrantTypes = []string{oauth.GrantDeviceCode}
	if err := s.Store.UpdateClient(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	response, err := http.PostForm(s.Issuer+"/device-authorization/", url.Values{"client_id": {c.ID}, "client_secret": {secret}, "scope": {oauth.ScopeAdmin}, "resource": {s.uri()}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("got %s", response.Status)
	}
}

// TestAdministrationIsAllowedOnlyAfterARecentLogin, as the sensitive pages of the back office
// need one.
func TestAdministrationIsAllowedOnlyAfterARecentLogin(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	c, _ := s.AddClient("https://console.example/cb", func(c *oauth.Client) { c.Scopes = oauth.Scopes{oauth.ScopeAdmin} })
	b := s.Browser()
	b.LogIn(b.Open(s.URL+"/admin/"), "root")
	address := s.AuthorizationURL(c, oauth.ScopeAdmin) + "&" + url.Values{"resource": {s.uri()}}.Encode()
	if page := b.Open(address); !strings.Contains(page.Body, `name="allow"`) {
		t.Errorf("after a recent login, the consent page is missing: %s", page.Status)
	}
	s.Advance(6 * time.Minute)
	if page := b.Open(address); !strings.Contains(page.Body, `name="password"`) {
		t.Errorf("after an old login, the login page is missing: %s", page.Status)
	}
}

// TestAnExchangedTokenIsNotAccepted: the service that exchanged it would act as the person (RFC
// 8693 §4.1).
func TestAnExchangedTokenIsNotAccepted(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	token, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	s.want(http.StatusOK, token, "GET", "me", "")
	var from *oauth.Client
	clients, _, err := s.Store.Clients(t.Context(), oauth.ClientFilter{}, page())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		if c.Name == "Console" {
			from = c
		}
	}
	service, secret := s.AddClient("https://service.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.Scopes, c.ExchangeClients = []string{oauth.GrantTokenExchange}, oauth.Scopes{oauth.ScopeAdmin}, []string{from.ID}
		c.Resources, c.AccessTokenFormat = []string{s.uri()}, oauth.JWT
	})
	a := s.request(service, secret, url.Values{
		"grant_type": {oauth.GrantTokenExchange}, "subject_token": {token}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "resource": {s.uri()}, "scope": {oauth.ScopeAdmin},
	})
	exchanged, _ := a["access_token"].(string)
	if exchanged == "" {
		t.Fatalf("no token: %v", a)
	}
	s.want(http.StatusUnauthorized, exchanged, "GET", "me", "")
}

// TestAnExchangeDoesNotAllowAdministration, even if the exchanged token does not name the actor.
func TestAnExchangeDoesNotAllowAdministration(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	from, secret := s.AddClient("https://console.example/cb", func(c *oauth.Client) { c.Scopes = oauth.Scopes{oauth.ScopeAdmin, "read"} })
	tokens := s.Tokens(from, secret, "root", "read")
	service, key := s.AddClient("https://service.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.Scopes, c.ExchangeClients, c.ExchangeImpersonation = []string{oauth.GrantTokenExchange}, oauth.Scopes{oauth.ScopeAdmin, "read"}, []string{from.ID}, true
	})
	access, err := s.personToken("root", oauth.ScopeAdmin)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []string{tokens.AccessToken, access} {
		a := s.request(service, key, url.Values{
			"grant_type": {oauth.GrantTokenExchange}, "subject_token": {token}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "resource": {s.uri()}, "scope": {oauth.ScopeAdmin},
		})
		if a["access_token"] != nil || a["error"] == nil {
			t.Errorf("got %v", a)
		}
	}
}

// TestAPasswordDoesNotAllowAdministration: the page with the decision is missing, and a person
// without a role could get one later.
func TestAPasswordDoesNotAllowAdministration(t *testing.T) {
	s := start(t)
	s.AddUser("root", true)
	s.AddUser("ada", false)
	c, secret := s.AddClient("https://old.example/cb", func(c *oauth.Client) {
		c.GrantTypes, c.Scopes = []string{oauth.GrantRefreshToken}, oauth.Scopes{oauth.ScopeAdmin, "read"}
		c.Legacy = []oauth.LegacyException{{Feature: oauth.LegacyPassword, Until: s.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}
	})
	for _, username := range []string{"root", "ada"} {
		for scope, want := range map[string]any{"read": nil, oauth.ScopeAdmin: "invalid_scope", "read " + oauth.ScopeAdmin: "invalid_scope"} {
			form := url.Values{"grant_type": {"password"}, "username": {username}, "password": {latchkeytest.Password}, "scope": {scope}}
			if scope == oauth.ScopeAdmin {
				form.Set("resource", s.uri())
			}
			if a := s.request(c, secret, form); a["error"] != want {
				t.Errorf("%s, %s: %v", username, scope, a)
			}
		}
	}
}

// TestPeopleOfAHostCannotUseTheAPI: their roles are known only in their sessions. An application
// with a role can.
func TestPeopleOfAHostCannotUseTheAPI(t *testing.T) {
	s := start(t, func(o *latchkey.Options) { o.People = nobody{} })
	token := s.as(account.RoleAdministrator)
	s.want(http.StatusOK, token, "GET", "applications", "")
	s.want(http.StatusNotFound, token, "GET", "people", "")
	s.want(http.StatusNotFound, token, "POST", "invitations", `{}`)
}

// TestADatabaseThatIsUnavailableIsReported as such, with an ID that is also in the log.
func TestADatabaseThatIsUnavailableIsReported(t *testing.T) {
	store := new(failing)
	s := start(t, func(o *latchkey.Options) {
		store.Store = o.Store
		o.Store = store
	})
	token := s.as(account.RoleAdministrator)
	store.failing.Store(true)
	for _, path := range []string{"applications", "people", "audit"} {
		a := s.want(http.StatusServiceUnavailable, token, "GET", path, "")
		if a.problem() != "unavailable" || a.text("error_id") == "" || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %s %v", path, a.body, a.Header)
		}
	}
}
