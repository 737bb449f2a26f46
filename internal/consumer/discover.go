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

// provider is what the consumer knows of a provider (RFC 8414 §2).
type provider struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Introspection string   `json:"introspection_endpoint,omitempty"`
	Revocation    string   `json:"revocation_endpoint,omitempty"`
	Scopes        []string `json:"scopes_supported,omitempty"`
}

// maxMetadata bounds a metadata document, in bytes.
const maxMetadata = 256 << 10

// wellKnown are the places where metadata may be: RFC 8414 §3.1 puts the
// well-known part before the issuer's path, OpenID Connect Discovery behind it.
func wellKnown(issuer *url.URL) []string {
	origin, path := issuer.Scheme+"://"+issuer.Host, strings.TrimSuffix(issuer.EscapedPath(), "/")
	places := []string{origin + "/.well-known/oauth-authorization-server" + path, origin + path + "/.well-known/openid-configuration"}
	if path != "" {
		places = append(places, origin+path+"/.well-known/oauth-authorization-server", origin+"/.well-known/openid-configuration"+path)
	}
	return places
}

// discover reads the metadata of an issuer. Its errors are for people.
func (c *consumer) discover(ctx context.Context, issuer string) (*provider, error) {
	u, err := absolute(issuer)
	if err != nil {
		return nil, err
	}
	var last error
	for _, place := range wellKnown(u) {
		p, err := c.fetch(ctx, place)
		if err != nil {
			last = err
			continue
		}
		if p.Issuer != strings.TrimSuffix(issuer, "/") && p.Issuer != issuer {
			return nil, fmt.Errorf("the document at %s says that its issuer is %q, not %q. A client must not trust it (RFC 8414 section 3.3); perhaps you mean that issuer", place, p.Issuer, issuer)
		}
		if _, err := absolute(p.Authorization); err != nil {
			return nil, fmt.Errorf("the document at %s names no usable authorization endpoint", place)
		}
		return p, nil
	}
	return nil, fmt.Errorf("no provider was found there: %w. Check the address, and that the provider is running; or type its authorization URL instead", last)
}

func (c *consumer) fetch(ctx context.Context, address string) (*provider, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	response, err := c.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s does not answer", address)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", address, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	if err != nil || len(body) > maxMetadata {
		return nil, fmt.Errorf("%s answers too slowly or too much", address)
	}
	p := new(provider)
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("%s answers something that is not metadata", address)
	}
	return p, nil
}

// absolute holds an address that somebody typed to http or https with a host.
func absolute(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("this is not an address. Put http:// or https:// in front, as in http://localhost:8000/o")
	}
	return u, nil
}
