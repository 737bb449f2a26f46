package provider_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

var ctx = context.Background()

const (
	issuer   = "https://id.example/o"
	callback = "https://app.example/cb"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
)

// house is a server with a fixed clock, a person and a client.
type house struct {
	*provider.Provider
	t     *testing.T
	store *memstore.Store
	mu    sync.Mutex
	now   time.Time
	who   oauth.Authentication
	id    string
	key   string // the client's secret
}

// noDocuments is the part of an Outbound that fetches no metadata documents, and knows
// one public suffix.
type noDocuments struct{}

func (noDocuments) IsPublicSuffix(domain string) bool { return domain == "shared.example" }

func (noDocuments) GetDocument(context.Context, string, int64, *oauth.Document) (*oauth.Document, error) {
	return nil, errors.New("no")
}

func newHouse(t *testing.T, change func(*provider.Config, *oauth.Client)) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), id: "client"}
	clock := func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.now
	}
	h.store = memstore.New(clock)
	master := make([]byte, 32)
	_, _ = rand.Read(master)
	config := provider.Config{Issuer: issuer, Store: h.store, MasterKey: master, Clock: clock, NewKey: testkeys.NewSource()}
	client := h.client()
	if change != nil {
		change(&config, client)
	}
	var err error
	if h.Provider, err = provider.New(ctx, config); err != nil {
		t.Fatal(err)
	}
	h.add(client)
	user := &account.User{ID: "ada-id", Username: "ada", CreatedAt: h.now}
	if err := h.store.CreateUser(ctx, user, "ada", account.Unconditionally); err != nil {
		t.Fatal(err)
	}
	h.who = oauth.Authentication{Subject: "ada-id", SessionID: "session", AuthTime: h.now.Add(-time.Hour)}
	if config.OwnLogin {
		h.startSession(12 * time.Hour)
	}
	return h
}

// startSession starts the login session of the person in the Store.
func (h *house) startSession(ttl time.Duration) {
	h.t.Helper()
	session := account.Session{ID: h.who.SessionID, UserID: h.who.Subject, CreatedAt: h.now, SeenAt: h.now, IdleExpiresAt: h.now.Add(ttl), ExpiresAt: h.now.Add(ttl)}
	if err := h.store.StartSession(ctx, account.SessionStart{Session: session}); err != nil {
		h.t.Fatal(err)
	}
}

// client returns the usual client. Its secret is h.key.
func (h *house) client() *oauth.Client {
	c := &oauth.Client{ID: h.id, Name: "App", Type: oauth.Confidential, GrantTypes: provider.GrantTypes(), RedirectURIs: []string{callback}}
	h.key = c.RotateSecret(h.now, 0)
	return c
}

func (h *house) add(c *oauth.Client) {
	h.t.Helper()
	if c.Type == oauth.Public {
		c.Secrets = nil
		if c.ID == h.id {
			h.key = ""
		}
	}
	if err := h.store.CreateClient(ctx, c); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// params returns parameters made of names and values. A later value replaces an
// earlier one, and an empty value removes the parameter.
func params(t *testing.T, pairs ...string) oauth.Params {
	t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			values.Del(pairs[i])
		}
	}
	p, err := provider.ParseParams(values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// ask begins a valid authorization request, changed by the pairs.
func (h *house) ask(pairs ...string) (*provider.AuthorizationRequest, error) {
	h.t.Helper()
	return h.Begin(ctx, params(h.t, append([]string{
		"response_type", "code", "client_id", h.id, "redirect_uri", callback, "state", "xyz",
		"code_challenge", challenge(verifier), "code_challenge_method", "S256",
	}, pairs...)...))
}

// code returns a code, as if a person had seen the consent page and allowed
// everything.
func (h *house) code(pairs ...string) string {
	h.t.Helper()
	r, err := h.ask(pairs...)
	if err != nil {
		h.t.Fatal(err)
	}
	r.Show(h.who)
	response, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer(h.t, response.Location()).Get("code")
}

func answer(t *testing.T, location string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// token sends a request to the token endpoint as the usual client.
func (h *house) token(pairs ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.Token(ctx, "", params(h.t, append([]string{"client_id", h.id, "client_secret", h.key}, pairs...)...))
}

// exchange redeems a code with every proof, changed by the pairs.
func (h *house) exchange(code string, pairs ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.token(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier}, pairs...)...)
}

func (h *house) refresh(token string, pairs ...string) (*provider.TokenResponse, error) {
	h.t.Helper()
	return h.token(append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
}

// tokens returns a pair of tokens for a new code.
func (h *house) tokens(pairs ...string) *provider.TokenResponse {
	h.t.Helper()
	response, err := h.exchange(h.code(pairs...))
	if err != nil {
		h.t.Fatal(err)
	}
	return response
}

// active reports whether an access token is active.
func (h *house) active(token string) bool {
	h.t.Helper()
	found, err := h.CheckAccessToken(ctx, token)
	if err != nil {
		h.t.Fatal(err)
	}
	return found.Active
}

// wantCode fails the test unless the error has the code.
func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e *oauth.Error
	if code == "" {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if e.Description == "" {
		t.Error("the error says nothing")
	}
	for _, r := range e.Description {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			t.Errorf("the description %q holds %q (RFC 6749 §5.2)", e.Description, r)
		}
	}
}

func without(list []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
}

var long = strings.Repeat("x", 5000)
