package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// provider holds the metadata of a provider (RFC 8414 §2).
type provider struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Introspection string   `json:"introspection_endpoint,omitempty"`
	Revocation    string   `json:"revocation_endpoint,omitempty"`
	Pushed        string   `json:"pushed_authorization_request_endpoint,omitempty"`
	Scopes        []string `json:"scopes_supported,omitempty"`
}

// maxMetadata is the maximum size of a metadata document in bytes.
const maxMetadata = 256 << 10

// metadataURLs returns the URLs at which an issuer's metadata may be found. RFC
// 8414 §3.1 inserts the well-known path before the path of the issuer. OpenID
// Connect Discovery appends it.
func metadataURLs(issuer *url.URL) []string {
	origin, path := issuer.Scheme+"://"+issuer.Host, strings.TrimSuffix(issuer.EscapedPath(), "/")
	urls := []string{origin + "/.well-known/oauth-authorization-server" + path, origin + path + "/.well-known/openid-configuration"}
	if path != "" {
		urls = append(urls, origin+path+"/.well-known/oauth-authorization-server", origin+"/.well-known/openid-configuration"+path)
	}
	return urls
}

// discover fetches the metadata of an issuer. If it fails, problem is a message
// for the person who entered the issuer.
func (c *consumer) discover(ctx context.Context, issuer string) (p *provider, problem string) {
	u, ok := parseURL(issuer)
	if !ok {
		return nil, "The issuer URL must begin with http:// or https://, as in http://localhost:8000/o."
	}
	var lastErr error
	for _, address := range metadataURLs(u) {
		p, err := c.fetch(ctx, address)
		if err != nil {
			lastErr = err
			continue
		}
		if p.Issuer != strings.TrimSuffix(issuer, "/") && p.Issuer != issuer {
			return nil, fmt.Sprintf("The metadata at %s has the issuer %q instead of %q, so a client must not use it (RFC 8414 section 3.3). If you trust that issuer, enter it here.", address, p.Issuer, issuer)
		}
		if _, ok := parseURL(p.Authorization); !ok {
			return nil, fmt.Sprintf("The metadata at %s contains no valid authorization endpoint.", address)
		}
		return p, ""
	}
	return nil, fmt.Sprintf("No provider was found: %v. Check the URL and that the provider is running, or enter its authorization URL below.", lastErr)
}

// fetch requests a metadata document.
func (c *consumer) fetch(ctx context.Context, address string) (*provider, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s does not respond", address)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s returns status %s", address, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	if err != nil || len(body) > maxMetadata {
		return nil, fmt.Errorf("the response of %s is too slow or too large", address)
	}
	p := new(provider)
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("the response of %s is not a metadata document", address)
	}
	return p, nil
}

// parseURL parses an absolute http or https URL that a person entered.
func parseURL(address string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
	return u, ok
}
