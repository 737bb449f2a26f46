package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
	"github.com/seed-e6a88a41/latchkey/internal/outbound"
)

// The errors of a login at a provider. Further text is for the log.
var (
	// ErrUnavailable means that the provider does not answer, or has a fault.
	ErrUnavailable = errors.New("the login provider is unavailable")
	// ErrRefused means that the provider answered with an error, for example because the
	// person canceled the login.
	ErrRefused = errors.New("the login provider refused the login")
	// ErrInvalid means that the answer is not valid. It may be an attack.
	ErrInvalid = errors.New("the answer of the login provider is not valid")
	// ErrNotAllowed means that the rules of the settings do not allow the person: ErrEmailDomain
	// or ErrGroup.
	ErrNotAllowed  = errors.New("the rules for this login provider do not allow this person")
	ErrEmailDomain = fmt.Errorf("%w: email_domains", ErrNotAllowed) // the person has no verified address of one of the domains
	ErrGroup       = fmt.Errorf("%w: groups", ErrNotAllowed)        // the person is in none of the groups
	// ErrNotFresh means that a new login was required, and the provider does not confirm it.
	ErrNotFresh = errors.New("the login provider does not confirm a new login")
)

const (
	// maxResponse is the size of the longest response, in bytes. Key sets with
	// certificates are the longest.
	maxResponse = 512 << 10
	// metadataTTL is how long metadata is used, and retryAfter the time between two
	// attempts to fetch it.
	metadataTTL = time.Hour
	retryAfter  = 5 * time.Second
	// tenantPlaceholder stands for the tenant in the issuer of Microsoft.
	tenantPlaceholder = "{tenantid}"
)

// A Provider is a provider at which people can log in.
type Provider struct {
	Settings
	redirectURI string
	client      *http.Client
	check       func(string) error
	clock       func() time.Time
	fetching    singleflight.Group
	directory   Directory // nil for other types than LDAP

	mu    sync.Mutex
	found *metadata // or nil
	tried time.Time // the last attempt to fetch it
	fault error     // of that attempt
}

// metadata holds what a login needs of the metadata.
type metadata struct {
	provider *oidc.Provider
	at       time.Time

	Issuer           string   `json:"issuer"`
	AuthorizationURL string   `json:"authorization_endpoint"`
	SendsIssuer      bool     `json:"authorization_response_iss_parameter_supported"`
	EndSessionURL    string   `json:"end_session_endpoint"`
	KeysURL          string   `json:"jwks_uri"`
	PromptsSupported []string `json:"prompt_values_supported"`
	ClaimsSupported  []string `json:"claims_supported"`
}

// Config holds what New needs besides Settings.
type Config struct {
	// RedirectURI is the address of the callback. It must be different for each provider.
	RedirectURI string
	Outbound    *outbound.Client
	// Directory is the server of a provider with HasPasswords.
	Directory Directory
	Clock     func() time.Time
}

// New returns a Provider. It sends no request.
func New(s Settings, c Config) *Provider {
	return &Provider{Settings: s, redirectURI: c.RedirectURI, client: c.Outbound.HTTP(maxResponse), check: c.Outbound.Check, clock: c.Clock, directory: c.Directory}
}

// within returns a context with the client of the provider, for the libraries.
func (p *Provider) within(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// metadata returns the metadata of the provider. It fetches it if it has none, or if it is
// old. If that fails, it uses the old one.
func (p *Provider) metadata(ctx context.Context) (*metadata, error) {
	now := p.clock()
	p.mu.Lock()
	found, fault, wait := p.found, p.fault, now.Sub(p.tried) < retryAfter
	p.mu.Unlock()
	switch {
	case found != nil && (now.Sub(found.at) < metadataTTL || wait):
		return found, nil
	case wait && fault != nil:
		return nil, fault
	}
	fetched := p.fetching.DoChan("", func() (any, error) {
		defer crash.Log(nil)
		return p.fetch(context.WithoutCancel(ctx), now)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	case result := <-fetched:
		if m, ok := result.Val.(*metadata); ok && m != nil {
			return m, nil
		}
		return nil, result.Err
	}
}

// fetch fetches the metadata, and remembers the result.
func (p *Provider) fetch(ctx context.Context, now time.Time) (*metadata, error) {
	m, err := p.discover(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tried, p.fault = now, err
	if err == nil {
		m.at, p.found = now, m
	}
	if p.found != nil {
		return p.found, nil
	}
	return nil, err
}

func (p *Provider) discover(ctx context.Context) (*metadata, error) {
	ctx = p.within(ctx)
	if len(p.Tenants) > 0 {
		// The issuer of the document has a placeholder, and is checked below.
		ctx = oidc.InsecureIssuerURLContext(ctx, p.Issuer)
	}
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, short(err))
	}
	m := &metadata{provider: found}
	if err := found.Claims(m); err != nil {
		return nil, fmt.Errorf("%w: the metadata: %s", ErrUnavailable, short(err))
	}
	if m.Issuer != p.Issuer && !(len(p.Tenants) > 0 && p.sameHost(m.Issuer) && strings.Contains(m.Issuer, tenantPlaceholder)) {
		return nil, fmt.Errorf("%w: the metadata has the issuer %q", ErrUnavailable, m.Issuer)
	}
	if err := p.check(m.AuthorizationURL); err != nil {
		return nil, fmt.Errorf("%w: the authorization endpoint: %w", ErrUnavailable, err)
	}
	return m, nil
}

// sameHost reports whether a URL has the scheme and the host of the issuer in the settings.
func (p *Provider) sameHost(address string) bool {
	a, err := url.Parse(strings.ReplaceAll(address, tenantPlaceholder, "tenant"))
	b, err2 := url.Parse(p.Issuer)
	return err == nil && err2 == nil && a.Scheme == b.Scheme && a.Host == b.Host
}

// config returns the client of the provider.
func (p *Provider) config(m *metadata) *oauth2.Config {
	scopes := p.Scopes
	if len(scopes) == 0 {
		scopes = []string{oidc.ScopeOpenID, "profile", "email"}
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, Endpoint: m.provider.Endpoint(), RedirectURL: p.redirectURI, Scopes: scopes}
}

// short returns the text of an error without the long or secret body of a response.
func short(err error) string {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := 0
		if refused.Response != nil {
			status = refused.Response.StatusCode
		}
		return fmt.Sprintf("token endpoint: status %d, error %q", status, bounded(refused.ErrorCode))
	}
	if errors.Is(err, outbound.ErrForbidden) {
		return boundedTo(err.Error(), 500) // it ends with what to change, and nothing was received
	}
	return bounded(err.Error())
}

// bounded shortens a text, and replaces characters that are not printable ASCII.
func bounded(text string) string { return boundedTo(text, 200) }

func boundedTo(text string, maximum int) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), maximum)])
}
