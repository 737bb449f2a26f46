package latchkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"go/types"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
	"github.com/seed-e6a88a41/latchkey/internal/testjwt"
	"github.com/seed-e6a88a41/latchkey/internal/upstream"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// outboundUse is a request that the server sends to another one.
type outboundUse struct {
	// call is the file with the call, and the method.
	call string
	// send makes the server send the request to an address that a client chose. It is
	// nil if no client can choose the address.
	send func(t *testing.T, h *outboundHouse, address string)
}

// outboundUses are all requests to other servers.
func outboundUses() map[string]outboundUse {
	return map[string]outboundUse{
		"metadata document": {"provider/client_document_read.go Outbound.GetDocument", func(_ *testing.T, h *outboundHouse, address string) {
			_, _ = h.Client(h.ctx, address)
		}},
		"jwks_uri": {"provider/client_keys.go Outbound.Get", func(t *testing.T, h *outboundHouse, address string) {
			id := h.client(t, func(c *oauth.Client) { c.AuthMethod, c.JWKSURI = oauth.AuthPrivateKeyJWT, address })
			_, _ = h.Token(h.ctx, "", formParams(t, "grant_type", "client_credentials", "client_id", id, "client_assertion", h.assertion(t, id),
				"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
		}},
		"request_uri": {"provider/request_object.go Outbound.Get", func(t *testing.T, h *outboundHouse, address string) {
			id := h.client(t, func(c *oauth.Client) { c.RequestURIs = []string{address} })
			_, _ = h.Begin(h.ctx, formParams(t, "client_id", id, "redirect_uri", "https://app.example/cb", "request_uri", address))
		}},
		"sector_identifier_uri": {"provider/sector.go Outbound.Get", func(_ *testing.T, h *outboundHouse, address string) {
			_ = provider.CheckSector(h.ctx, h.Outbound, nil, &oauth.Client{ClientOpenID: oauth.ClientOpenID{SectorIdentifierURI: address}})
		}},
		"back-channel logout": {"provider/backchannel.go Outbound.Post", logOut},
		"logo": {"pages.go Client.GetFollowing", func(_ *testing.T, h *outboundHouse, address string) {
			_, _ = h.guarded.GetFollowing(h.ctx, address, 256<<10)
		}},
		"keys of a trusted issuer": {"provider/client_keys.go Outbound.Get", func(t *testing.T, h *outboundHouse, address string) {
			h.present(t, oauth.TrustedIssuer{Issuer: "https://publisher.example", JWKSURI: address})
		}},
		"metadata of a trusted issuer": {"provider/issuer_keys.go Outbound.Get", func(t *testing.T, h *outboundHouse, address string) {
			h.present(t, oauth.TrustedIssuer{Issuer: address})
		}},
		"webhook": {"webhooks.go Client.Send", func(_ *testing.T, h *outboundHouse, address string) {
			_, _, _ = h.guarded.Send(h.ctx, address, nil, "{}")
		}},
		"login provider": {"internal/upstream/provider.go Client.HTTP", func(_ *testing.T, h *outboundHouse, address string) {
			p := upstream.New(upstream.Settings{Issuer: address}, upstream.Config{Outbound: h.guarded, Clock: time.Now})
			_, _ = p.URL(h.ctx, upstream.NewRequest("state", "nonce", time.Now()))
		}},
		"test of a webhook":            {"cmd/latchkey/webhook.go Client.Send", nil}, // in the configuration
		"passwords that became public": {"latchkey.go Client.Get", nil},              // at a fixed address
	}
}

// TestEveryOutboundUseIsInTheTable: a new request to another server must be attacked
// like the others.
func TestEveryOutboundUseIsInTheTable(t *testing.T) {
	t.Parallel()
	var found, want []string
	for _, use := range outboundUses() {
		want = append(want, use.call)
	}
	sending := make(map[string]bool)
	for file, uses := range functionsUsed(t, "utbound", "http.Client", "http.Get(", "http.Head(", "http.Post", "http.DefaultClient", "RoundTrip(", "Dialer", "net.Dial", "tls.Dial", "net/smtp") {
		for _, f := range uses {
			receiver := ""
			if f.Signature().Recv() != nil {
				receiver = receiverName(f.Signature().Recv().Type())
			}
			guarded := f.Pkg().Path() == module+"/internal/outbound" || receiver == "Outbound" && f.Pkg().Path() == module+"/oauth"
			if receiver != "" && !slices.Contains([]string{"Check", "IsPublicSuffix"}, f.Name()) && guarded && path.Dir(file) != "internal/outbound" {
				found = append(found, file+" "+receiver+"."+f.Name())
			}
			if opensConnections(f.FullName()) {
				sending[path.Dir(file)] = true
			}
		}
	}
	slices.Sort(found)
	slices.Sort(want)
	if found, want = slices.Compact(found), slices.Compact(want); !slices.Equal(found, want) {
		t.Errorf("the calls are %q, and the table has %q", found, want)
	}
	// These packages open connections without the guard, to addresses that no client of
	// the server chooses.
	if got, want := slices.Sorted(maps.Keys(sending)), []string{
		"cmd/latchkey",       // the server itself, and the service manager of the machine
		"internal/consumer",  // the provider and the API that the developer who runs it chooses
		"internal/livecheck", // the server that an administrator checks
		"internal/loadtest",  // loopback addresses
		"internal/ops",       // the collector of traces in the configuration
		"internal/outbound",  // the guard itself
		"internal/upstream",  // with the client of the guard
		"ldap",               // the directory in the configuration
		"resource",           // the authorization server that the API trusts
	}; !slices.Equal(got, want) {
		t.Errorf("the packages that open connections are %q, want %q", got, want)
	}
}

// opensConnections reports whether a function of the standard library opens a
// connection or sends a request.
func opensConnections(name string) bool {
	switch name {
	case "net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm", "(*net/http.Transport).RoundTrip", "(net/http.RoundTripper).RoundTrip":
		return true
	case "(*net/http.Client).CloseIdleConnections":
		return false
	}
	return slices.ContainsFunc([]string{"(*net/http.Client).", "net.Dial", "(*net.Dialer).Dial", "crypto/tls.Dial", "(*crypto/tls.Dialer).", "net/smtp."},
		func(begin string) bool { return strings.HasPrefix(name, begin) })
}

// functionsUsed returns the functions that each file of the server uses, if its package
// contains one of the texts.
func functionsUsed(t *testing.T, texts ...string) map[string][]*types.Func {
	t.Helper()
	matching := make(map[string]bool)
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != ".":
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil || strings.HasPrefix(entry.Name(), ".") || file == "examples" || file == "internal/pgtest" || file == "latchkeytest" {
				return filepath.SkipDir
			}
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(string(text), s) }) {
				matching[path.Dir(file)] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	folders := slices.Sorted(maps.Keys(matching))
	found := make(map[string][]*types.Func)
	for i, p := range loadPackages(t, folders...) {
		for ident, object := range p.info.Uses {
			if f, ok := object.(*types.Func); ok && f.Pkg() != nil {
				file := path.Join(folders[i], p.file(ident.Pos()))
				found[file] = append(found[file], f)
			}
		}
	}
	return found
}

// outboundHouse is a server whose requests to others can be attacked.
type outboundHouse struct {
	*provider.Provider
	ctx     context.Context
	store   *memstore.Store
	guarded *outbound.Client
	key     *ecdsa.PrivateKey
	clients int
}

func newOutboundHouse(t *testing.T, o outbound.Options) *outboundHouse {
	t.Helper()
	h := &outboundHouse{ctx: t.Context(), guarded: outbound.New(o), store: memstore.New(time.Now)}
	var err error
	if h.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	if h.Provider, err = provider.New(h.ctx, provider.Config{Issuer: "https://id.example/o", Store: h.store, MasterKey: make([]byte, 32), Outbound: h.guarded}); err != nil {
		t.Fatal(err)
	}
	return h
}

// client adds a client without the checks of its metadata.
func (h *outboundHouse) client(t *testing.T, change func(*oauth.Client)) string {
	t.Helper()
	h.clients++
	c := &oauth.Client{ID: fmt.Sprint("client-", h.clients), Name: "App", Type: oauth.Confidential, GrantTypes: provider.GrantTypes(), RedirectURIs: []string{"https://app.example/cb"}}
	c.RotateSecret(time.Now(), 0)
	change(c)
	if err := h.store.CreateClient(h.ctx, c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// assertion returns an assertion of a client, so that the server fetches its keys.
func (h *outboundHouse) assertion(t *testing.T, id string) string {
	t.Helper()
	return h.sign(t, map[string]any{"iss": id, "sub": id, "aud": h.Issuer, "exp": time.Now().Unix() + 60, "jti": rand.Text()})
}

// present registers a client with a software statement of the issuer, so that the
// server fetches the keys of the issuer. An issuer that cannot be configured is not
// trusted.
func (h *outboundHouse) present(t *testing.T, issuer oauth.TrustedIssuer) {
	t.Helper()
	issuer.Uses = []oauth.TrustedUse{oauth.TrustedSoftwareStatement}
	p, err := provider.New(h.ctx, provider.Config{
		Issuer: h.Issuer, Store: h.store, MasterKey: make([]byte, 32), Outbound: h.guarded,
		Settings: provider.Settings{TrustedIssuers: []oauth.TrustedIssuer{issuer}, Registration: provider.RegistrationOpen},
	})
	if err != nil {
		return
	}
	body, err := json.Marshal(map[string]any{"software_statement": h.sign(t, map[string]any{"iss": issuer.Issuer, "software_id": "x"})})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = p.Register(h.ctx, "", body)
}

// sign returns a JWT with the claims.
func (h *outboundHouse) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	return testjwt.Sign(t, jose.ES256, h.key, nil, claims)
}

// logOut makes the server notify a client of a logout.
func logOut(t *testing.T, h *outboundHouse, address string) {
	t.Helper()
	id := h.client(t, func(c *oauth.Client) { c.BackchannelLogoutURI = address })
	who := oauth.Authentication{Subject: "ada", SessionID: "session of " + id, AuthTime: time.Now()}
	r, err := h.Begin(h.ctx, formParams(t, "client_id", id, "redirect_uri", "https://app.example/cb", "response_type", "code", "scope", "openid", "nonce", "n",
		"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method", "S256"))
	if err != nil {
		t.Fatal(err)
	}
	r.Show(who)
	if _, err := h.Approve(h.ctx, r, who, r.RequestedScopes(), true); err != nil {
		t.Fatal(err)
	}
	if err := h.EndSessions(h.ctx, who.SessionID); err != nil {
		t.Fatal(err)
	}
	_, _ = h.DeliverLogouts(h.ctx)
}

// formParams returns parameters made of names and values.
func formParams(t *testing.T, pairs ...string) oauth.Params {
	t.Helper()
	values := make(url.Values)
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	p, err := provider.ParseParams(values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return p
}
