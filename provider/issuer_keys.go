package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxMetadataLength bounds the metadata document of a trusted issuer, in bytes.
const maxMetadataLength = 64 << 10

// newIssuerKeys returns the cache of the keys of the trusted issuers, by their iss.
// It is not that of the clients: their key sets cannot replace these.
func newIssuerKeys(outbound oauth.Outbound, trusted map[string]*oauth.TrustedIssuer, clock func() time.Time) *jose.KeyCache {
	cache := newKeyCache(outbound, clock)
	cache.MaxSets = maxTrustedIssuers
	cache.Fetch = func(ctx context.Context, issuer string) ([]jose.PublicKey, error) {
		keys, err := fetchIssuerKeys(ctx, outbound, trusted[issuer])
		if err != nil {
			return nil, fmt.Errorf("%w: keys of %s: %w", oauth.ErrUnavailable, issuer, err)
		}
		return keys, nil
	}
	return cache
}

func fetchIssuerKeys(ctx context.Context, outbound oauth.Outbound, t *oauth.TrustedIssuer) ([]jose.PublicKey, error) {
	uri := t.JWKSURI
	if uri == "" {
		var err error
		if uri, err = discoverKeys(ctx, outbound, t.Issuer); err != nil {
			return nil, err
		}
	}
	return fetchClientKeys(ctx, outbound, uri)
}

// discoverKeys returns the jwks_uri in the metadata document of an issuer: the
// document of OpenID Connect Discovery §4 or, if it does not exist, that of RFC
// 8414 §3. The document must be that of the issuer itself (RFC 8414 §3.3).
func discoverKeys(ctx context.Context, outbound oauth.Outbound, issuer string) (string, error) {
	text, err := outbound.Get(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", maxMetadataLength)
	if errors.Is(err, oauth.ErrGone) {
		text, err = outbound.Get(ctx, serverMetadataURL(issuer), maxMetadataLength)
	}
	if err != nil {
		return "", err
	}
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	switch err := json.Unmarshal(text, &document); {
	case err != nil:
		return "", errors.New("the metadata document is not JSON")
	case document.Issuer != issuer:
		return "", fmt.Errorf("the metadata document is that of another issuer, %q", beginning(document.Issuer))
	case !fetchable(document.JWKSURI):
		return "", errors.New("the metadata document has no jwks_uri with https")
	}
	return document.JWKSURI, nil
}

// serverMetadataURL returns the address of the document of RFC 8414 §3.
func serverMetadataURL(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		return issuer
	}
	return u.Scheme + "://" + u.Host + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/")
}
