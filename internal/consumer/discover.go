package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// provider holds the metadata of a provider (RFC 8414 §2).
type provider struct {
	Issuer        string `json:"issuer,omitempty"`
	Authorization string `json:"authorization_endpoint,omitempty"`
	Token         string `json:"token_endpoint,omitempty"`
	Introspection string `json:"introspection_endpoint,omitempty"`
	Revocation    string `json:"revocation_endpoint,omitempty"`
	Pushed        string `json:"pushed_authorization_request_endpoint,omitempty"`
	Device        string `json:"device_authorization_endpoint,omitempty"`
	Userinfo      string `json:"userinfo_endpoint,omitempty"`
	Keys          string `json:"jwks_uri,omitempty"`
	Logout        string `json:"end_session_endpoint,omitempty"`
	Registration  string `json:"registration_endpoint,omitempty"`
	Documents     bool   `json:"client_id_metadata_document_supported,omitempty"`
}

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
			return nil, fmt.Sprintf("The metadata at %s has the issuer %q instead of %q, so a client must not use it (RFC 8414 section 3.3). If you trust that issuer, enter it instead.", address, p.Issuer, issuer)
		}
		if _, ok := parseURL(p.Authorization); !ok {
			return nil, fmt.Sprintf("The metadata at %s contains no valid authorization endpoint.", address)
		}
		return p, ""
	}
	return nil, fmt.Sprintf("No provider was found: %v. Check the URL, and that the provider is running.", lastErr)
}

// fetch requests a metadata document.
func (c *consumer) fetch(ctx context.Context, address string) (*provider, error) {
	body, err := c.get(ctx, address)
	if err != nil {
		return nil, err
	}
	p := new(provider)
	if err := json.Unmarshal(body, p); err != nil {
		return nil, fmt.Errorf("the response from %s is not a metadata document", address)
	}
	return p, nil
}

// metadata returns the metadata of a provider to a script of a page, which fills in
// the endpoints.
func (c *consumer) metadata(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		writeJSON(w, http.StatusBadRequest, problem{"The form could not be read."})
		return
	}
	p, text := c.discover(r.Context(), strings.TrimSpace(r.PostForm.Get("issuer")))
	if text != "" {
		writeJSON(w, http.StatusUnprocessableEntity, problem{text})
		return
	}
	writeJSON(w, http.StatusOK, p)
}

// problem is the response to a script whose request failed.
type problem struct {
	Problem string `json:"problem"` // what is wrong and what to do, for the person
}

// writeJSON writes a response to a script of a page.
func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// parseURL parses an absolute http or https URL that a person entered.
func parseURL(address string) (*url.URL, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
	return u, ok
}
