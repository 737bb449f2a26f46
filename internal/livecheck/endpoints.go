package livecheck

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// checkKeys checks the published key set.
func (p *probe) checkKeys() {
	if p.metadata.JWKSURI == "" {
		return
	}
	got, err := p.send("GET", p.metadata.JWKSURI, "")
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err != nil || got.StatusCode != http.StatusOK || json.Unmarshal([]byte(got.body), &set) != nil || len(set.Keys) == 0 {
		p.add("LK105", Error, "There are no keys at %s, so clients cannot verify signatures.", p.metadata.JWKSURI)
		return
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "k", "dp", "dq", "qi"} {
			if _, found := key[private]; found {
				p.add("LK105", Error, "The private part of key %v is published. Retire the key now.", key["kid"])
				break
			}
		}
	}
}

// checkTokenEndpoint sends requests that the token endpoint must reject.
func (p *probe) checkTokenEndpoint() {
	const request = "grant_type=client_credentials&client_id=latchkey-check&client_secret=wrong"
	endpoint := p.metadata.TokenEndpoint
	rejected, err := p.send("POST", endpoint, request)
	if err != nil {
		p.add("LK106", Error, "The token endpoint does not answer: %v", err)
		return
	}
	if rejected.StatusCode != http.StatusUnauthorized && rejected.StatusCode != http.StatusBadRequest {
		p.add("LK106", Error, "The token endpoint answers an unknown client with status %d.", rejected.StatusCode)
	}
	if !strings.Contains(rejected.Header.Get("Cache-Control"), "no-store") {
		p.add("LK107", Warning, "Caches can store responses of the token endpoint: they have no Cache-Control: no-store.")
	}
	if got, err := p.send("GET", endpoint+"?"+request, ""); err == nil && got.StatusCode != http.StatusMethodNotAllowed && got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusNotFound {
		p.add("LK106", Error, "The token endpoint answers GET with status %d. Secrets must not be sent in URLs (RFC 6749 section 3.2).", got.StatusCode)
	}
	other := strings.TrimSuffix(endpoint, "/")
	if other == endpoint {
		other += "/"
	}
	if got, err := p.send("POST", other, request); err == nil && got.StatusCode != rejected.StatusCode {
		p.add("LK109", Warning, "%s answers with status %d, but %s answers with status %d. Clients use either URL.", endpoint, rejected.StatusCode, other, got.StatusCode)
	}
}

// checkOrigins sends a request as a page of another site would.
func (p *probe) checkOrigins() {
	got, err := p.send("POST", p.metadata.TokenEndpoint, "grant_type=client_credentials&client_id=latchkey-check", "Origin", unregisteredOrigin)
	if err != nil {
		return
	}
	allowed := got.Header.Get("Access-Control-Allow-Origin")
	if allowed == unregisteredOrigin || allowed == "*" {
		p.add("LK108", Warning, "Pages of every origin can read responses of the token endpoint (Access-Control-Allow-Origin: %s).", allowed)
	}
	if allowed != "" && got.Header.Get("Access-Control-Allow-Credentials") == "true" {
		p.add("LK108", Error, "The token endpoint accepts cookies from other origins.")
	}
}

// checkAuthorizationEndpoint sends an authorization request with an unregistered
// redirect URI, and checks the page.
func (p *probe) checkAuthorizationEndpoint() {
	request := url.Values{"response_type": {"code"}, "client_id": {"latchkey-check"}, "redirect_uri": {unregisteredOrigin + "/"}, "state": {"x"}}
	separator := "?"
	if strings.Contains(p.metadata.AuthorizationEndpoint, "?") {
		separator = "&"
	}
	got, err := p.send("GET", p.metadata.AuthorizationEndpoint+separator+request.Encode(), "")
	if err != nil {
		p.add("LK112", Error, "The authorization endpoint does not answer: %v", err)
		return
	}
	if strings.HasPrefix(got.Header.Get("Location"), unregisteredOrigin) {
		p.add("LK112", Error, "The authorization endpoint redirects to redirect URIs that are not registered (RFC 9700 section 4.11).")
	}
	isRedirect := got.StatusCode == http.StatusFound || got.StatusCode == http.StatusSeeOther
	if got.Header.Get("X-Frame-Options") == "" && !strings.Contains(got.Header.Get("Content-Security-Policy"), "frame-ancestors") && !isRedirect {
		p.add("LK111", Warning, "Other sites can show pages of the authorization endpoint in a frame (RFC 6749 section 10.13).")
	}
	for _, cookie := range got.Cookies() {
		if !cookie.HttpOnly || (p.issuer.Scheme == "https" && !cookie.Secure) {
			p.add("LK113", Warning, "The cookie %s is not HttpOnly or not Secure.", cookie.Name)
		}
	}
}
