package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/hasher"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// provider is Latchkey, mounted as in a host program.
type latchkeyRole struct {
	store
	clients
	server   *http.Server
	hasher   *hasher.Process // of passwords
	address  string
	protocol *provider.Provider // prepares tokens without HTTP
}

func newProvider(kind string) (*latchkeyRole, error) {
	s, err := openStore(kind)
	if err != nil {
		return nil, err
	}
	p := &latchkeyRole{store: s}
	if p.clients, err = register(s); err != nil {
		return nil, err
	}
	var handler http.Handler
	p.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) })}
	if p.address, err = serve(p.server); err != nil {
		return nil, err
	}
	p.hasher = passwordProcess()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	issuer := "http://" + p.address + "/o"
	p.key.Audience = issuer
	tuned := provider.Settings{PushedRequestTTL: 10 * time.Minute} // requests are pushed long before they are measured
	if handler, err = latchkey.New(context.Background(), latchkey.Options{Issuer: issuer, Store: s, MasterKey: key, PasswordKey: p.hasher.Key, ProtocolSettings: tuned}); err != nil {
		return nil, err
	}
	p.protocol, err = provider.New(context.Background(), provider.Config{Issuer: issuer, Store: s, MasterKey: key, Settings: tuned})
	return p, err
}

func (p *latchkeyRole) obey(c command) (reply, error) {
	r := reply{Address: p.address}
	switch c.Do {
	case "hello":
		return r, nil
	case "fill":
		return r, fill(p.store, p.opaque, c)
	case "prepare":
		op, err := find(c.Op)
		if err != nil {
			return r, err
		}
		client := p.clientOf(op)
		r.Basic = client.basic()
		if op.cookie {
			r.Basic = "lk_session=" + p.cookie
		}
		r.Texts, err = p.prepare(op, c.N)
		return r, err
	}
	return r, fmt.Errorf("unknown command %q", c.Do)
}

// prepare issues the tokens for the requests of the operation.
func (p *latchkeyRole) prepare(op *operation, n int) ([]string, error) {
	if op.supply == none {
		return nil, nil
	}
	client, scope := p.clientOf(op), []string(nil)
	if op.idToken != "" {
		scope = []string{oauth.ScopeOpenID}
	}
	if op.token == assertionParameter {
		return parallel(n, func() (string, error) { return p.key.Assertion(client.id) })
	}
	if op.token == pushedParameter {
		return parallel(n, p.push)
	}
	if op.token == deviceParameter {
		return parallel(n, func() (string, error) { return p.startDevice(client) })
	}
	return parallel(n, func() (string, error) {
		code, err := approve(p.store, p.clients, client, scope...)
		if err != nil || op.token == "code" {
			return code.String(), err
		}
		params, err := provider.ParseParams(url.Values{
			"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}, "code": {code.String()},
		}.Encode())
		if err != nil {
			return "", err
		}
		issued, err := p.protocol.Token(context.Background(), client.basic(), params)
		if err != nil {
			return "", err
		}
		if op.supply == chain {
			return issued.RefreshToken, nil
		}
		return issued.AccessToken, nil
	})
}

// push returns the request_uri of a new pushed request.
func (p *latchkeyRole) push() (string, error) {
	params, err := provider.ParseParams(url.Values{
		"response_type": {"code"}, "redirect_uri": {redirectURI}, "scope": {"read write"}, "state": {"some-state"},
		"code_challenge": {challenge()}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		return "", err
	}
	pushed, err := p.protocol.Push(context.Background(), p.approved.basic(), params)
	if err != nil {
		return "", err
	}
	return pushed.RequestURI, nil
}

// startDevice returns a new device code.
func (p *latchkeyRole) startDevice(client registered) (string, error) {
	params, err := provider.ParseParams("scope=read")
	if err != nil {
		return "", err
	}
	started, err := p.protocol.AuthorizeDevice(context.Background(), client.basic(), params)
	if err != nil {
		return "", err
	}
	return started.DeviceCode, nil
}

func (p *latchkeyRole) count(u *usage) { countStore(p.store, u) }

func (p *latchkeyRole) close() error {
	_ = p.server.Close()
	p.hasher.Close()
	return p.Close()
}

// registered is a client application with its secret.
type registered struct{ id, secret string }

func (r registered) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(r.id)+":"+url.QueryEscape(r.secret)))
}

// clients holds the clients whose requests are measured, and the person who gave
// them consent, with the login session.
type clients struct {
	opaque, jwt     registered
	keyed           registered // authenticates with key
	approved        registered // asks nobody for consent
	key             *resource.ClientKey
	openid          map[string]registered // by the algorithm of their ID tokens
	person, session string
	cookie          string // of the session
}

// clientOf returns the client that sends the requests of the operation.
func (c clients) clientOf(op *operation) registered {
	switch {
	case op.jwt:
		return c.jwt
	case op.token == assertionParameter:
		return c.keyed
	case op.idToken != "":
		return c.openid[op.idToken]
	}
	return c.opaque
}

func register(s store) (clients, error) {
	c := clients{openid: make(map[string]registered)}
	ctx := context.Background()
	for _, alg := range idTokenAlgorithms {
		secret, kept := oauth.NewClientSecret(now())
		client := &oauth.Client{
			ID: oauth.NewClientID(), Name: alg, Type: oauth.Confidential, Secrets: []oauth.ClientSecret{kept},
			GrantTypes: provider.GrantTypes(), RedirectURIs: []string{redirectURI}, ClientOpenID: oauth.ClientOpenID{IDTokenAlg: alg},
		}
		if err := s.CreateClient(ctx, client); err != nil {
			return c, err
		}
		c.openid[alg] = registered{client.ID, secret}
	}
	for format, to := range map[oauth.TokenFormat]*registered{oauth.Opaque: &c.opaque, oauth.JWT: &c.jwt} {
		secret, kept := oauth.NewClientSecret(now())
		client := &oauth.Client{
			ID: oauth.NewClientID(), Name: "Bench", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{kept},
			GrantTypes: provider.GrantTypes(), RedirectURIs: []string{redirectURI}, AccessTokenFormat: format, ResourceServer: true,
		}
		if err := s.CreateClient(ctx, client); err != nil {
			return c, err
		}
		*to = registered{client.ID, secret}
	}
	if err := c.registerKey(s); err != nil {
		return c, err
	}
	secret, kept := oauth.NewClientSecret(now())
	c.approved = registered{approvedClient, secret}
	if err := s.CreateClient(ctx, &oauth.Client{
		ID: approvedClient, Name: "Approved", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{kept}, SkipAuthorization: true,
		GrantTypes: provider.GrantTypes(), RedirectURIs: []string{redirectURI},
	}); err != nil {
		return c, err
	}
	person := &account.User{ID: "ada", Username: "ada", CreatedAt: now(), UpdatedAt: now()} // without a password, because hashing it takes a long time
	if err := s.CreateUser(ctx, person, person.Username, account.Unconditionally); err != nil {
		return c, err
	}
	cookie, session, err := account.New(account.Config{Store: s}).StartSession(ctx, person, account.Browser{}, "")
	if err != nil {
		return c, err
	}
	c.person, c.session, c.cookie = person.ID, session.ID, cookie
	return c, nil
}

// registerKey registers a client that authenticates with a key for ES256.
func (c *clients) registerKey(s store) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	point, err := private.PublicKey.Bytes() // 0x04, x and y
	if err != nil {
		return err
	}
	encode := base64.RawURLEncoding.EncodeToString
	client := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Key", Type: oauth.Confidential, GrantTypes: []string{oauth.GrantClientCredentials}, AuthMethod: oauth.AuthPrivateKeyJWT,
	}
	client.JWKS = fmt.Appendf(nil, `{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":%q,"y":%q}]}`, encode(point[1:33]), encode(point[33:]))
	c.keyed, c.key = registered{id: client.ID}, &resource.ClientKey{Private: private, ID: "k"}
	return s.CreateClient(context.Background(), client)
}
