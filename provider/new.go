package provider

import (
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/deliveries"
	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// New returns a Provider. It reports all faults of the configuration at once, each
// on its own line. If the Store has no signing key, New creates one.
func New(ctx context.Context, c Config) (*Provider, error) {
	c.recoverHooks()
	defaults := c.DefaultScopes
	if faults := c.faults(ctx); len(faults) > 0 {
		return nil, errors.Join(append(faults, c.keyFaults(ctx)...)...)
	}
	s := &Provider{Config: c, wake: make(chan struct{}, 1), deliveries: deliveries.New()}
	s.scopes.defaults = defaults
	if err := s.firstCatalog(ctx); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	s.grants = grants(s)
	for _, grant := range c.Grants {
		s.grants = append(s.grants, extensionGrant{grant, s})
	}
	s.clients.store, s.clients.maxSize = c.Store, int64(c.ClientCache)<<20
	s.secrets = newSecretKeeper(c.MasterKey)
	s.registrations, s.personTokens = newRegistrations(c.derive, c.RegistrationTTL), sealer{Key: c.derive("registrations of people")}
	s.forward = sealer{Key: c.derive("forward authentication")}
	s.documents.init(s.fetchDocument, s.now)
	s.unconfirmedDocuments.init(s.fetchDocument, s.now)
	s.unconfirmedDocuments.permit = func(ctx context.Context) error { return s.limits.documents.take(networkOf(ctx), s.now()) }
	if c.Outbound == nil {
		s.ClientDocuments = DocumentsOff
	}
	s.keySets, s.unconfirmedKeys = newKeyCache(c.Outbound, c.Clock), newKeyCache(c.Outbound, c.Clock)
	s.trusted = newTrustedIssuers(&s.Settings, s.Issuer)
	s.issuerKeys = newIssuerKeys(c.Outbound, s.trusted, c.Clock)
	s.slow.init(s.Clock)
	s.seal, s.contents = sealer{Key: c.derive("authorization request")}, &compressor{level: flate.HuffmanOnly}
	s.refreshTokens = newRefreshTokens(c.derive("refresh token heirs")) // english:allow the label is part of every refresh token that exists
	s.limits.init(&s.Settings)
	s.polls.init(s.DevicePollInterval)
	s.codeGuesses.init()
	s.userCodes = c.derive("user codes")
	s.pairwise, s.sids = c.derive("pairwise subjects"), c.derive("session ids")
	s.keys = keyRing{store: c.Store, seal: signingKeySealer(c.MasterKey), masterKey: c.MasterKey, clock: s.now, generate: jose.GenerateKey}
	if c.NewKey != nil {
		s.keys.generate = func(alg string) (*jose.PrivateKey, error) {
			private, err := c.NewKey(alg)
			if err != nil {
				return nil, err
			}
			return jose.NewPrivateKey(alg, private)
		}
	}
	if err := s.keys.prepare(ctx); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	return s, nil
}

// Faults returns all faults that New would report, and changes nothing in the Store.
func Faults(ctx context.Context, c Config) error {
	return errors.Join(append(c.faults(ctx), c.keyFaults(ctx)...)...)
}

// faults sets the defaults, and returns all errors of a configuration, apart from those of the
// signing keys in the Store. It reads the scopes of the host program.
func (c *Config) faults(ctx context.Context) (faults []error) {
	if err := c.readFirstScopes(ctx); err != nil {
		faults = append(faults, err)
	}
	return append(append(faults, c.setDefaultsAndCheck()...), c.missing()...)
}

// keyFaults returns the fault of a MasterKey that does not open the signing keys in the Store.
// Without other faults, New does not need it, because it opens them itself.
func (c *Config) keyFaults(ctx context.Context) []error {
	if isNil(c.Store) || c.readMasterKey() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	keys, err := c.Store.SigningKeys(ctx)
	if err == nil {
		err = CheckMasterKey(c.MasterKey, keys, c.Clock())
	}
	if err == nil {
		return nil
	}
	return settings.Prefixed("provider", []error{err})
}

// missing returns what is wrong with the Store and the MasterKey.
func (c *Config) missing() (faults []error) {
	if isNil(c.Store) {
		faults = append(faults, settings.Faultf("Store", " is missing"))
	}
	if err := c.readMasterKey(); err != nil {
		faults = append(faults, err)
	}
	return settings.Prefixed("provider", faults)
}

// isNil reports whether an interface is nil, or contains a nil pointer.
func isNil(v any) bool {
	value := reflect.ValueOf(v)
	return v == nil || value.Kind() == reflect.Pointer && value.IsNil()
}

// setDefaultsAndCheck returns everything that is wrong with the configuration, apart from
// the Store and the MasterKey.
func (c *Config) setDefaultsAndCheck() (faults []error) {
	if err := CheckIssuer(c.Issuer); err != nil {
		faults = append(faults, err)
	}
	c.setDefaults(c.Issuer, c.OwnLogin)
	faults = append(faults, c.acrFaults(c.OwnLogin)...)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	faults = append(append(faults, c.allFaults(c.Issuer)...), c.issuerNeeds()...)
	return settings.Prefixed("provider", append(append(faults, c.hookFaults()...), c.extensionFaults()...))
}

// allFaults returns the faults, including those of the resources and of the trusted
// issuers.
func (s *Settings) allFaults(issuer string) []error {
	return append(append(s.faults(), s.resourceFaults(issuer)...), s.issuerFaults(issuer)...)
}

// Check returns everything that is wrong with a configuration, as New does. The Store and
// the MasterKey can be missing.
func Check(c Config) error {
	var faults []error
	switch {
	case c.ScopeSource == nil:
	case c.Scopes != nil:
		faults = append(faults, errScopesTwice)
	default:
		c.assumeScopes()
	}
	faults = append(faults, c.setDefaultsAndCheck()...)
	if len(c.MasterKey) > 0 {
		if err := c.readMasterKey(); err != nil {
			faults = append(faults, settings.Prefixed("provider", []error{err})...)
		}
	}
	return errors.Join(faults...)
}

// readMasterKey sets the MasterKey to its bytes, or returns what is wrong with it.
func (c *Config) readMasterKey() error {
	if len(c.MasterKey) == 0 {
		return settings.Faultf("MasterKey", " is missing; create 32 random bytes once, store them as a secret, and use them at every start")
	}
	key, err := ParseMasterKey(c.MasterKey)
	if err == nil {
		c.MasterKey = key
	}
	return err
}

// CheckIssuer checks an issuer identifier (RFC 8414 §2).
func CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case issuer == "":
		return settings.Faultf("Issuer", " is missing; set it to a URL such as https://id.example.com/o")
	case strings.TrimSpace(issuer) != issuer:
		return settings.Faultf("Issuer", " %q begins or ends with a space; remove it", issuer)
	case !strings.Contains(issuer, "://"):
		return settings.Faultf("Issuer", " %q does not begin with https://, or with http:// for localhost", issuer)
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(issuer, "?#"):
		return settings.Faultf("Issuer", " %q must be an https URL, without a user, a query and a fragment", issuer)
	case u.Scheme != "https" && (u.Scheme != "http" || !oauth.LoopbackHost(u.Hostname())):
		return settings.Faultf("Issuer", " %q does not use https (http is allowed only for localhost)", issuer)
	case strings.HasSuffix(issuer, "/"):
		return settings.Faultf("Issuer", " %q ends with a slash; remove it", issuer)
	case strings.Contains(u.Path+"/", "/.well-known/"):
		return settings.Faultf("Issuer", " %q contains the segment .well-known, which is reserved for metadata (RFC 8615); use another path, such as /o", issuer)
	case !plainPath(u):
		return settings.Faultf("Issuer", " %q: its path can consist only of letters, digits and -._~ between single slashes, without the segments . and .., because clients and proxies change other paths", issuer)
	}
	return nil
}

// plainPath reports whether every client and proxy leaves the path of a URL
// unchanged.
func plainPath(u *url.URL) bool {
	if u.EscapedPath() == "" {
		return true
	}
	for segment := range strings.SplitSeq(strings.TrimPrefix(u.EscapedPath(), "/"), "/") {
		other := strings.IndexFunc(segment, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
		})
		if segment == "" || segment == "." || segment == ".." || other >= 0 {
			return false
		}
	}
	return true
}
