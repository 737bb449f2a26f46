package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// maxMetadataLength is the length of the longest metadata document, in bytes.
const maxMetadataLength = 256 << 10

// discoverKeys returns the jwks_uri in the metadata of the issuer (RFC 8414 §3, OpenID
// Connect Discovery §4). The metadata must name exactly this issuer.
func (j *JWT) discoverKeys(ctx context.Context) (string, error) {
	places, err := metadataURLs(j.Issuer)
	if err != nil {
		return "", err
	}
	var failures []error
	for _, place := range places {
		keys, err := j.readMetadata(ctx, place)
		if err == nil {
			return keys, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("the keys of the authorization server are not known: %w", errors.Join(failures...))
}

// metadataURLs returns the URLs at which the metadata of an issuer can be.
func metadataURLs(issuer string) ([]string, error) {
	u, err := url.Parse(issuer)
	if err != nil || !secure(u) || u.RawQuery != "" || u.ForceQuery || strings.Contains(issuer, "#") {
		return nil, faultf("JWT.Issuer is %s; it must be an https URL without a query and a fragment, or http with a loopback host; or set KeysURL", redacted(issuer, u))
	}
	base := strings.TrimSuffix(issuer, "/")
	origin := u.Scheme + "://" + u.Host
	return []string{
		origin + "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.EscapedPath(), "/"),
		base + "/.well-known/openid-configuration",
	}, nil
}

// secure reports whether what is fetched from a URL is protected on its way: with https, or
// on the same machine.
func secure(u *url.URL) bool {
	if u.User != nil || u.Hostname() == "" {
		return false
	}
	switch u.Scheme {
	case "https":
		return true
	case "http":
		address, err := netip.ParseAddr(u.Hostname())
		return u.Hostname() == "localhost" || err == nil && address.Unmap().IsLoopback()
	}
	return false
}

// readMetadata returns the jwks_uri in a metadata document.
func (j *JWT) readMetadata(ctx context.Context, place string) (string, error) {
	text, err := fetch(ctx, j.discoveryClient(), place, maxMetadataLength)
	if err != nil {
		return "", err
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		return "", fmt.Errorf("%s is not a JSON object with metadata", place)
	}
	if metadata.Issuer != j.Issuer { // RFC 8414 §3.3
		return "", fmt.Errorf("%s is the metadata of the issuer %q, want %q", place, metadata.Issuer, j.Issuer)
	}
	if u, err := url.Parse(metadata.Keys); err != nil || !secure(u) {
		return "", fmt.Errorf("%s has the jwks_uri %s; it must be an https URL, or http with a loopback host", place, redacted(metadata.Keys, u))
	}
	return metadata.Keys, nil
}

// discoveryClient returns the HTTP client for what the issuer refers to. It follows no
// redirects: they could leave https.
func (j *JWT) discoveryClient() *http.Client {
	client := *httpClient(j.Client)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}

// fetch returns the body of a response with the status 200, which is at most limit bytes
// long.
func fetch(ctx context.Context, client *http.Client, url string, limit int64) ([]byte, error) {
	shown := redactedURL(url)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil { // its text has the whole URL
		return nil, faultf("the address of the keys is %s; set KeysURL to the jwks_uri of the authorization server", shown)
	}
	r.Header.Set("Accept", "application/json")
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s responds with %s", shown, response.Status)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("the response of %s cannot be read completely: %w", shown, err)
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("the response of %s is longer than %d bytes", shown, limit)
	}
	return text, nil
}
