package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestAnMCPClientGetsTheScopesThatItsToolsNeed: the client of the Go SDK finds the
// authorization server, requests a token for this MCP server, and requests one more
// scope when a tool needs it.
func TestAnMCPClientGetsTheScopesThatItsToolsNeed(t *testing.T) {
	var handler http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	uri := site.URL + "/mcp"
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "notes:read", Description: "See your notes"}, {Name: "notes:write", Description: "Add notes"}}
		o.Resources = []oauth.ResourceInfo{{URI: uri, Name: "Notes", Scopes: oauth.Scopes{"notes:read", "notes:write"}, TokenFormat: oauth.JWT}}
	})
	handler = newHandler(p.Issuer, uri)
	p.AddUser("ada", false)
	client, _ := p.AddClient("http://localhost/callback", func(c *oauth.Client) { c.Type = oauth.Public })
	browser, loggedIn := p.Browser(), false
	var requested []string
	oauthHandler, err := auth.NewAuthorizationCodeHandler(&auth.AuthorizationCodeHandlerConfig{
		PreregisteredClient: &oauthex.ClientCredentials{ClientID: client.ID},
		RedirectURL:         "http://localhost:34567/callback",
		AuthorizationCodeFetcher: func(_ context.Context, args *auth.AuthorizationArgs) (*auth.AuthorizationResult, error) {
			u, err := url.Parse(args.URL)
			if err != nil {
				return nil, err
			}
			scopes := strings.Fields(u.Query().Get("scope"))
			slices.Sort(scopes)
			requested = append(requested, strings.Join(scopes, " ")+" at "+u.Query().Get("resource"))
			page := browser.Open(args.URL)
			if !loggedIn {
				page, loggedIn = browser.LogIn(page, "ada"), true
			}
			page = browser.Submit(page, url.Values{"decision": {"authorize"}, "allow": {"yes"}})
			answer := page.RedirectURL.Query()
			return &auth.AuthorizationResult{Code: answer.Get("code"), State: answer.Get("state"), Iss: answer.Get("iss")}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil).
		Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: uri, OAuthHandler: oauthHandler, DisableStandaloneSSE: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	for _, call := range []struct {
		tool string
		args any
		want string
	}{{"show_notes", nil, ""}, {"add_note", map[string]any{"text": "one"}, "one"}, {"show_notes", nil, "one"}} {
		result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: call.tool, Arguments: call.args})
		if err != nil {
			t.Fatalf("%s: %v", call.tool, err)
		}
		if text, ok := result.Content[0].(*mcp.TextContent); !ok || text.Text != call.want || result.IsError {
			t.Errorf("%s: got %+v", call.tool, result.Content[0])
		}
	}
	want := []string{"notes:read at " + uri, "notes:read notes:write at " + uri}
	if !slices.Equal(requested, want) {
		t.Errorf("the client requested %q, want %q", requested, want)
	}
}

// TestTheMCPServerRefusesTokensForAnotherResource: RFC 8707 §2.
func TestTheMCPServerRefusesTokensForAnotherResource(t *testing.T) {
	var handler http.Handler
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.Scopes = []oauth.ScopeInfo{{Name: "notes:read"}}
		o.Resources = []oauth.ResourceInfo{{URI: site.URL + "/mcp"}, {URI: site.URL + "/other"}}
	})
	handler = newHandler(p.Issuer, site.URL+"/mcp")
	client, secret := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	for path, status := range map[string]int{"/mcp": http.StatusUnsupportedMediaType, "/other": http.StatusUnauthorized} { // the SDK rejects the empty request
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {secret}, "resource": {site.URL + path}}
		r, err := http.NewRequest(http.MethodPost, site.URL+"/mcp", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+accessToken(t, p.Issuer, form))
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != status {
			t.Errorf("a token for %s: got %s %s", path, response.Status, response.Header.Get("WWW-Authenticate"))
		}
	}
}
