package latchkey_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"go/types"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/outbound"
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
		"keys of a trusted issuer":     {"provider/issuer_keys.go Outbound.Get", nil}, // of the configuration
		"passwords that became public": {"latchkey.go Client.Get", nil},               // at a fixed address
	}
}

// TestEveryOutboundUseIsInTheTable: a new request to another server must be attacked
// like the others.
func TestEveryOutboundUseIsInTheTable(t *testing.T) {
	var found, want []string
	for _, use := range outboundUses() {
		want = append(want, use.call)
	}
	for _, folder := range []string{".", "provider", "account", "resource", "internal/web", "internal/admin"} {
		p := loadPackage(t, folder)
		for ident, object := range p.info.Uses {
			f, ok := object.(*types.Func)
			if !ok || f.Signature().Recv() == nil || f.Pkg() == nil || f.Name() == "Check" {
				continue
			}
			receiver := receiverName(f.Signature().Recv().Type())
			if f.Pkg().Path() == module+"/internal/outbound" || receiver == "Outbound" && f.Pkg().Path() == module+"/oauth" {
				found = append(found, path.Join(folder, p.file(ident.Pos()))+" "+receiver+"."+f.Name())
			}
		}
	}
	slices.Sort(found)
	slices.Sort(want)
	if found = slices.Compact(found); !slices.Equal(found, want) {
		t.Errorf("the calls are %q, and the table has %q", found, want)
	}
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
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := json.Marshal(map[string]any{"iss": id, "sub": id, "aud": h.Issuer, "exp": time.Now().Unix() + 60, "jti": rand.Text()})
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(claims)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
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

// trap listens at an address of this machine, and counts the connections.
func trap(t *testing.T, address string) (port string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	connections = new(atomic.Int64)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = connection.Close()
		}
	}()
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port, connections
}

// TestClientsCannotMakeTheServerConnectToInternalAddresses: the spellings of an IPv4
// address, and IPv6 addresses that contain one (RFC 4291, RFC 6052, RFC 3056).
func TestClientsCannotMakeTheServerConnectToInternalAddresses(t *testing.T) {
	port, connections := trap(t, "127.0.0.1:0")
	open := newOutboundHouse(t, outbound.Options{InsecureNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	guarded := newOutboundHouse(t, outbound.Options{})
	for name, use := range outboundUses() {
		if use.send == nil {
			continue
		}
		before := connections.Load()
		use.send(t, open, "http://127.0.0.1:"+port+"/"+url.PathEscape(name))
		if connections.Load() == before {
			t.Errorf("%s: the server sends no request, so this test shows nothing", name)
		}
		before = connections.Load()
		for _, host := range []string{
			"127.0.0.1", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "0.0.0.0", "0",
			"localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
			"[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1%25lo]",
			"user@127.0.0.1", "127.0.0.1%00.app.example",
		} {
			for _, scheme := range []string{"https", "http"} {
				use.send(t, guarded, scheme+"://"+host+":"+port+"/"+url.PathEscape(name))
			}
		}
		for _, address := range []string{"file:///etc/passwd", "gopher://127.0.0.1:" + port + "/x", "ftp://127.0.0.1:" + port + "/x", "//127.0.0.1:" + port + "/x"} {
			use.send(t, guarded, address)
		}
		if got := connections.Load() - before; got != 0 {
			t.Errorf("%s: the server made %d connections to its own machine", name, got)
		}
	}
}

// TestResponsesOfOtherServersCannotHarmTheServer: a redirect to an internal address,
// an endless body, and a compressed one.
func TestResponsesOfOtherServersCannotHarmTheServer(t *testing.T) {
	port, connections := trap(t, "127.0.0.2:0")
	var bomb bytes.Buffer
	packed := gzip.NewWriter(&bomb)
	_, _ = packed.Write(make([]byte, 16<<20))
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	var sent, compressed, requests atomic.Int64
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Accept-Encoding") != "" && r.Header.Get("Accept-Encoding") != "identity" {
			compressed.Add(1)
		}
		switch {
		case strings.HasPrefix(r.URL.Path, "/redirect"):
			http.Redirect(w, r, "http://127.0.0.2:"+port+"/", http.StatusTemporaryRedirect)
		case strings.HasPrefix(r.URL.Path, "/endless"):
			for part := make([]byte, 32<<10); ; {
				n, err := w.Write(part)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		case strings.HasPrefix(r.URL.Path, "/bomb"):
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		}
	}))
	t.Cleanup(hostile.Close)
	h := newOutboundHouse(t, outbound.Options{InsecureNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}})
	for name, use := range outboundUses() {
		if use.send == nil {
			continue
		}
		for _, attack := range []string{"redirect", "endless", "bomb"} {
			before := requests.Load()
			sent.Store(0)
			use.send(t, h, hostile.URL+"/"+attack+"/"+url.PathEscape(name))
			if requests.Load() == before {
				t.Errorf("%s, %s: the server sends no request, so this test shows nothing", name, attack)
			}
			// Most of what is sent fills the buffers of the connection.
			if sent.Load() > 32<<20 {
				t.Errorf("%s: the server reads %d bytes", name, sent.Load())
			}
		}
	}
	if connections.Load() != 0 || compressed.Load() != 0 {
		t.Errorf("the server follows %d redirects to an internal address, and asks %d times for compressed responses", connections.Load(), compressed.Load())
	}
}
