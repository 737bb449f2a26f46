package provider

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Config is what a Server is made of. Its zero values are safe defaults but
// for Issuer, Store and MasterKey, which must be given.
type Config struct {
	// Issuer is the issuer identifier (RFC 8414 §2): an https URL without
	// query or fragment; http only on a loopback host.
	Issuer string
	Store  oauth.Store
	// MasterKey, at least 32 random bytes, seals what must be readable again:
	// authorization requests on their way through the browser, and signing
	// keys at rest. Refresh tokens are derived under it. Losing it ends all
	// of these; it is the same for all processes on one Store.
	MasterKey []byte

	// Scopes are the scopes that the server knows besides those of
	// OpenIDScopeInfos; nil means "read" and "write".
	Scopes []oauth.ScopeInfo
	// DefaultScopes are given to a request that names none, as far as the
	// client may have them; nil means all of Scopes that are not Optional.
	DefaultScopes oauth.Scopes
	// Audience is the aud of JWT access tokens (RFC 9068 §2.2); empty means
	// the issuer.
	Audience string

	CodeTTL             time.Duration // 0 means 60 s
	AccessTokenTTL      time.Duration // 0 means 1 h
	RefreshTokenIdleTTL time.Duration // 0 means 30 days
	RefreshTokenTTL     time.Duration // 0 means 180 days
	// ReplayWindow is how long the refresh token spent last gets the same
	// answer again, for clients that refresh in parallel or lost the answer;
	// 0 means 10 s, negative means never. The time does not count in which the
	// Store is away, up to five minutes.
	ReplayWindow time.Duration
	IDTokenTTL   time.Duration // 0 means 1 h
	// KeyRotation is how long a signing key signs until the next one takes
	// over; 0 means 90 days, negative means that nothing rotates by itself.
	KeyRotation time.Duration
	// RequestTTL is how long a person may take to log in and decide; 0 means
	// 1 h, and 2 h is the most.
	RequestTTL time.Duration

	// Outbound tells clients of log-outs, and fetches their keys and signed
	// requests; nil does neither.
	Outbound oauth.Outbound
	// Claims tells what is known of a person (OpenID Connect Core §5); nil
	// knows nothing but their sub.
	Claims oauth.ClaimsSource
	// SignUp says that the host lets people make accounts (prompt=create, OpenID
	// Connect Initiating User Registration 1.0).
	SignUp bool
	// EndSession says that the host serves a log-out page at /logout/ of the
	// issuer, for the metadata.
	EndSession bool
	// Sessions says that Store keeps the login sessions (Authentication.SessionID
	// names one): a code that is not redeemed when its session ends is no longer
	// good.
	Sessions bool
	// ACRValues are the authentication contexts that a log-in can have
	// (Authentication.ACR), for the metadata.
	ACRValues []string

	// OnEvent is told what happens, by many goroutines at once, and must not
	// take long; nil tells nobody.
	OnEvent func(context.Context, oauth.Event)

	Logger *slog.Logger     // nil logs nothing
	Clock  func() time.Time // nil means time.Now
}

// A code is made after the request whose ID it has.
const (
	maxRequestTTL = 2 * time.Hour
	maxCodeTTL    = 10 * time.Minute
)

// Provider is the protocol. Its methods are the endpoints, without HTTP.
type Provider struct {
	Config
	grants  []Grant
	scopes  map[string]oauth.ScopeInfo
	clients clientCache
	keys    keyRing
	keySets *jose.KeyCache
	secrets SecretKeeper
	slow    slowSecrets
	seal    sealer
	heirs   heirs
	// pairwise and sids are keys of pseudonyms.
	pairwise, sids []byte
	wake           chan struct{} // there is something to deliver
}

// New checks the configuration, reporting every fault at once, and makes the
// first signing key if the Store has none.
func New(c Config) (*Provider, error) {
	var faults []error
	if err := checkIssuer(c.Issuer); err != nil {
		faults = append(faults, err)
	}
	if c.Store == nil {
		faults = append(faults, errors.New("Store is missing"))
	}
	if len(c.MasterKey) < 32 {
		faults = append(faults, fmt.Errorf("MasterKey has %d bytes, at least 32 random ones are needed", len(c.MasterKey)))
	}
	c.defaults()
	s := &Provider{Config: c, grants: grants(), wake: make(chan struct{}, 1), scopes: make(map[string]oauth.ScopeInfo)}
	for _, scope := range c.Scopes {
		if !oauth.ValidScope(scope.Name) {
			faults = append(faults, fmt.Errorf("Scopes: %q is not a scope (RFC 6749 section 3.3)", scope.Name))
		}
		s.scopes[scope.Name] = scope
	}
	for _, name := range c.DefaultScopes {
		if _, known := s.scopes[name]; !known {
			faults = append(faults, fmt.Errorf("DefaultScopes: %q is not among Scopes", name))
		}
	}
	for name, ttl := range map[string]time.Duration{
		"CodeTTL": c.CodeTTL, "AccessTokenTTL": c.AccessTokenTTL, "RefreshTokenIdleTTL": c.RefreshTokenIdleTTL,
		"RefreshTokenTTL": c.RefreshTokenTTL, "RequestTTL": c.RequestTTL, "IDTokenTTL": c.IDTokenTTL,
	} {
		if ttl < time.Second {
			faults = append(faults, fmt.Errorf("%s is %s, less than a second", name, ttl))
		}
	}
	if c.CodeTTL > maxCodeTTL {
		faults = append(faults, fmt.Errorf("CodeTTL is %s, more than the %s of RFC 6749 section 4.1.2", c.CodeTTL, maxCodeTTL))
	}
	if c.RequestTTL > maxRequestTTL { // see LongestCode
		faults = append(faults, fmt.Errorf("RequestTTL is %s, more than %s", c.RequestTTL, maxRequestTTL))
	}
	for name, ttl := range map[string]time.Duration{"AccessTokenTTL": c.AccessTokenTTL, "IDTokenTTL": c.IDTokenTTL} {
		if ttl > maxTokenTTL {
			faults = append(faults, fmt.Errorf("%s is %s, more than %s: the keys that signed it would be gone before", name, ttl, maxTokenTTL))
		}
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("oauth: %w", errors.Join(faults...))
	}
	s.clients.store = c.Store
	s.secrets = NewSecretKeeper(c.MasterKey)
	s.keySets = newKeyCache(c.Outbound, c.Clock)
	s.slow.init()
	s.seal = sealer{key: c.derive("authorization request")}
	s.heirs = newHeirs(c.derive("refresh token heirs"))
	s.pairwise, s.sids = c.derive("pairwise subjects"), c.derive("session ids")
	s.keys = keyRing{store: c.Store, seal: sealer{key: c.derive("signing keys")}, clock: s.now}
	if err := s.keys.prepare(); err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return s, nil
}

func (c *Config) defaults() {
	if c.Scopes == nil {
		c.Scopes = oauth.DefaultScopeInfos()
	}
	c.Scopes = slices.Clone(c.Scopes)
	if c.DefaultScopes == nil {
		for _, scope := range c.Scopes {
			if !scope.Optional {
				c.DefaultScopes = append(c.DefaultScopes, scope.Name)
			}
		}
	}
	for _, info := range oauth.OpenIDScopeInfos() {
		if !slices.ContainsFunc(c.Scopes, func(s oauth.ScopeInfo) bool { return s.Name == info.Name }) {
			c.Scopes = append(c.Scopes, info)
		}
	}
	if c.Audience == "" {
		c.Audience = c.Issuer
	}
	day := 24 * time.Hour
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.CodeTTL, time.Minute},
		{&c.AccessTokenTTL, time.Hour},
		{&c.RefreshTokenIdleTTL, 30 * day},
		{&c.RefreshTokenTTL, 180 * day},
		{&c.IDTokenTTL, time.Hour},
		{&c.KeyRotation, 90 * day},
		{&c.ReplayWindow, 10 * time.Second},
		{&c.RequestTTL, time.Hour},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
}

// derive gives the key for one purpose (RFC 5869).
func (c *Config) derive(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, c.MasterKey, nil, "latchkey "+purpose, 32)
	if err != nil { // only for lengths beyond 255 hashes
		panic(err)
	}
	return key
}

// checkIssuer holds an issuer to RFC 8414 §2.
func checkIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case issuer == "":
		return errors.New("Issuer is missing")
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(issuer, "?#"):
		return fmt.Errorf("Issuer %q is not a plain https URL", issuer)
	case u.Scheme != "https" && (u.Scheme != "http" || !oauth.LoopbackHost(u.Hostname())):
		return fmt.Errorf("Issuer %q is not https (http is for localhost alone)", issuer)
	case strings.HasSuffix(issuer, "/"):
		return fmt.Errorf("Issuer %q ends with a slash; leave it away", issuer)
	}
	return nil
}

// now is the time to the millisecond, as Stores keep it.
func (s *Provider) now() time.Time { return s.Clock().Truncate(time.Millisecond) }

// Scope describes a scope that the server knows.
func (s *Provider) Scope(name string) (oauth.ScopeInfo, bool) {
	info, known := s.scopes[name]
	return info, known
}

// grantable decides what scope a client gets that asks for this (RFC 6749
// §3.3): nothing asked for means its default, and a default of nothing is an
// error.
func (s *Provider) grantable(c *oauth.Client, asked oauth.Scopes) (oauth.Scopes, error) {
	if len(asked) > 0 {
		for _, name := range asked {
			if _, known := s.scopes[name]; !known {
				return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is unknown here.", name).WithReason("unknown_scope")
			}
			if !c.MayHave(name) {
				return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is not allowed for this application.", name).WithReason("forbidden_scope")
			}
		}
		return asked, nil
	}
	defaults := c.DefaultScopes
	if len(defaults) == 0 {
		defaults = s.DefaultScopes
	}
	var scope oauth.Scopes
	for _, name := range defaults {
		if _, known := s.scopes[name]; known && c.MayHave(name) {
			scope = append(scope, name)
		}
	}
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The request names no scope, and this application has no default one.").WithReason("no_scope")
	}
	return scope, nil
}

// lifetime is the client's own, or else the server's.
func lifetime(own oauth.Lifetime, server time.Duration) time.Duration {
	if own > 0 {
		return time.Duration(own)
	}
	return server
}

// Key gives a key for another purpose of the host, derived from the master key
// (RFC 5869).
func (s *Provider) Key(purpose string) []byte { return s.derive("host " + purpose) }
