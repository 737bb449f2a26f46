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
func (c *consumer) discover(ctx context.Context, issuer string) (p *provider, problem ui.Text) {
	u, ok := parseURL(issuer)
	if !ok {
		return nil, ui.Text{"consumer.fault.issuer_url"}
	}
	var lastErr error
	for _, address := range metadataURLs(u) {
		p, err := c.fetch(ctx, address)
		if err != nil {
			lastErr = err
			continue
		}
		if p.Issuer != strings.TrimSuffix(issuer, "/") && p.Issuer != issuer {
			return nil, ui.Text{"consumer.fault.other_issuer", "address", address, "found", quoted(p.Issuer), "issuer", quoted(issuer)}
		}
		if _, ok := parseURL(p.Authorization); !ok {
			return nil, ui.Text{"consumer.fault.no_authorization_endpoint", "address", address}
		}
		return p, nil
	}
	return nil, ui.Text{"consumer.fault.no_provider", "reason", reason(lastErr)}
}

// fetch requests a metadata document.
func (c *consumer) fetch(ctx context.Context, address string) (*provider, error) {
	body, err := c.get(ctx, address)
	if err != nil {
		return nil, err
	}
	p := new(provider)
	if err := json.Unmarshal(body, p); err != nil {
		return nil, sendError{ui.Text{"consumer.fault.not_metadata", "address", address}}
	}
	return p, nil
}

// metadata returns the metadata of a provider to a script of a page, which fills in
// the endpoints.
func (c *consumer) metadata(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.problem(w, r, http.StatusBadRequest, ui.Text{"consumer.fault.form"})
		return
	}
	p, fault := c.discover(r.Context(), strings.TrimSpace(r.PostForm.Get("issuer")))
	if fault != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, fault)
		return
	}
	writeJSON(w, http.StatusOK, p)
}

// problem is the response to a script whose request failed.
type problem struct {
	Problem string `json:"problem"` // what is wrong and what to do, for the person
}

// problem answers a script in the language of the person.
func (c *consumer) problem(w http.ResponseWriter, r *http.Request, status int, text ui.Text) {
	writeJSON(w, status, problem{c.plain(r, text)})
}

// plain returns a text in the language of the person, for a script.
func (c *consumer) plain(r *http.Request, text ui.Text) string {
	return c.pages.LanguageOf(r).Plain(text)
}

// quoted returns a value that came from elsewhere, with quotation marks around it.
func quoted(value any) string { return fmt.Sprintf("%q", value) }

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
