package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// probe looks at a running server as a stranger does.
type probe struct {
	ctx      context.Context
	client   *http.Client
	issuer   *url.URL
	found    []finding
	metadata serverMetadata
}

// serverMetadata is what the checks need of RFC 8414 §2.
type serverMetadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported"`
	Iss                   bool     `json:"authorization_response_iss_parameter_supported"`
}

// foreignOrigin is one that no application has registered.
const foreignOrigin = "https://latchkey-check.invalid"

// checkLive finds what is unsafe in what the server at this issuer answers.
func checkLive(ctx context.Context, issuer string) []finding {
	p := &probe{ctx: ctx, found: []finding{}, client: &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	var err error
	if p.issuer, err = url.Parse(strings.TrimSuffix(issuer, "/")); err != nil || p.issuer.Host == "" {
		p.add("LK100", "error", "%q is no URL. Give the issuer, e.g. https://id.example.com/o", issuer)
		return p.found
	}
	if !p.discover() {
		return p.found
	}
	p.promises()
	p.keys()
	p.token()
	p.origins()
	p.authorize()
	return p.found
}

func (p *probe) add(id, level, format string, args ...any) {
	p.found = append(p.found, finding{id, level, fmt.Sprintf(format, args...)})
}

// reply is an answer with its body read.
type reply struct {
	*http.Response
	body string
}

func (p *probe) send(method, address, form string, headers ...string) (reply, error) {
	r, err := http.NewRequestWithContext(p.ctx, method, address, strings.NewReader(form))
	if err != nil {
		return reply{}, err
	}
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := p.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return reply{response, string(body)}, err
}

// discover reads the metadata at each place where clients look.
func (p *probe) discover() bool {
	origin, path := p.issuer.Scheme+"://"+p.issuer.Host, p.issuer.EscapedPath()
	places := []string{
		origin + path + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/oauth-authorization-server",
	}
	var missing []string
	first := ""
	for _, place := range places {
		got, err := p.send("GET", place, "")
		if err != nil {
			p.add("LK100", "error", "The server does not answer: %v", err)
			return false
		}
		var m serverMetadata
		switch {
		case got.StatusCode != http.StatusOK || json.Unmarshal([]byte(got.body), &m) != nil:
			missing = append(missing, place)
		case m.Issuer != p.issuer.String():
			p.add("LK101", "error", "%s names the issuer %q: clients that ask for %q must refuse it (RFC 8414 section 3.3).", place, m.Issuer, p.issuer)
		case first == "":
			first, p.metadata = place, m
			p.transport(got)
		case m.TokenEndpoint != p.metadata.TokenEndpoint || m.JWKSURI != p.metadata.JWKSURI:
			p.add("LK102", "error", "%s and %s say different things.", first, place)
		}
	}
	if first == "" {
		p.add("LK100", "error", "There is no metadata of this issuer: looked at %s", strings.Join(places, ", "))
		return false
	}
	for _, place := range missing {
		p.add("LK102", "warning", "Some clients look for the metadata at %s, and find nothing.", place)
	}
	return true
}

// transport looks at how the server is reached.
func (p *probe) transport(got reply) {
	host := p.issuer.Hostname()
	loopback := host == "localhost" || net.ParseIP(host).IsLoopback()
	for _, address := range []string{p.issuer.String(), p.metadata.AuthorizationEndpoint, p.metadata.TokenEndpoint, p.metadata.JWKSURI} {
		if strings.HasPrefix(address, "http://") && !loopback {
			p.add("LK103", "error", "%s is not https.", address)
		}
	}
	if p.issuer.Scheme == "https" && !loopback && got.Header.Get("Strict-Transport-Security") == "" {
		p.add("LK104", "warning", "The answers carry no Strict-Transport-Security: a browser's first visit can be led astray.")
	}
	if date, err := http.ParseTime(got.Header.Get("Date")); err == nil {
		if skew := time.Since(date).Abs(); skew > 5*time.Second {
			p.add("LK110", "warning", "Its clock differs from this machine's by %s: tokens may seem not yet good, or expired.", skew.Round(time.Second))
		}
	}
}

// promises looks at what the metadata offers.
func (p *probe) promises() {
	m := p.metadata
	if !slices.Contains(m.ChallengeMethods, "S256") {
		p.add("LK114", "error", "PKCE with S256 is not offered: a stolen code can be redeemed by others (RFC 9700 section 2.1.1).")
	}
	if slices.Contains(m.ChallengeMethods, "plain") {
		p.add("LK114", "warning", "PKCE with plain is offered: whoever sees the request can redeem the code.")
	}
	if slices.Contains(m.IDTokenAlgs, "none") {
		p.add("LK115", "warning", "ID tokens without a signature (none) are offered.")
	}
	for _, kind := range m.ResponseTypes {
		if kind == "token" {
			p.add("LK116", "warning", "The implicit grant is offered: access tokens go through the browser with nothing to check them by (RFC 9700 section 2.1.2).")
		}
	}
	if !m.Iss {
		p.add("LK117", "warning", "Authorization responses do not name the issuer: a client of several servers can be mixed up (RFC 9207).")
	}
}

// keys looks at the public keys.
func (p *probe) keys() {
	if p.metadata.JWKSURI == "" {
		return
	}
	got, err := p.send("GET", p.metadata.JWKSURI, "")
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err != nil || got.StatusCode != http.StatusOK || json.Unmarshal([]byte(got.body), &set) != nil || len(set.Keys) == 0 {
		p.add("LK105", "error", "There are no keys at %s: what the server signs cannot be checked.", p.metadata.JWKSURI)
		return
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "k", "dp", "dq", "qi"} {
			if _, there := key[private]; there {
				p.add("LK105", "error", "The key %v is published with its private half: retire it at once.", key["kid"])
				break
			}
		}
	}
}

// token sends the token endpoint what it must refuse.
func (p *probe) token() {
	const request = "grant_type=client_credentials&client_id=latchkey-check&client_secret=wrong"
	endpoint := p.metadata.TokenEndpoint
	refused, err := p.send("POST", endpoint, request)
	if err != nil {
		p.add("LK106", "error", "The token endpoint does not answer: %v", err)
		return
	}
	if refused.StatusCode != http.StatusUnauthorized && refused.StatusCode != http.StatusBadRequest {
		p.add("LK106", "error", "The token endpoint answers an unknown client with %d.", refused.StatusCode)
	}
	if !strings.Contains(refused.Header.Get("Cache-Control"), "no-store") {
		p.add("LK107", "warning", "The answers of the token endpoint may be kept by caches: Cache-Control: no-store is missing.")
	}
	if got, err := p.send("GET", endpoint+"?"+request, ""); err == nil && got.StatusCode != http.StatusMethodNotAllowed && got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusNotFound {
		p.add("LK106", "error", "The token endpoint answers GET with %d: secrets would stand in URLs (RFC 6749 section 3.2).", got.StatusCode)
	}
	other := strings.TrimSuffix(endpoint, "/")
	if other == endpoint {
		other += "/"
	}
	if got, err := p.send("POST", other, request); err == nil && got.StatusCode != refused.StatusCode {
		p.add("LK109", "warning", "%s answers %d, and %s answers %d: clients mix them up.", endpoint, refused.StatusCode, other, got.StatusCode)
	}
}

// origins asks as a page of another site would.
func (p *probe) origins() {
	got, err := p.send("POST", p.metadata.TokenEndpoint, "grant_type=client_credentials&client_id=latchkey-check", "Origin", foreignOrigin)
	if err != nil {
		return
	}
	allowed := got.Header.Get("Access-Control-Allow-Origin")
	if allowed == foreignOrigin || allowed == "*" {
		p.add("LK108", "warning", "Pages of every origin may read the token endpoint's answers (Access-Control-Allow-Origin: %s).", allowed)
	}
	if allowed != "" && got.Header.Get("Access-Control-Allow-Credentials") == "true" {
		p.add("LK108", "error", "The token endpoint allows cookies from other origins.")
	}
}

// authorize asks for what must not lead anywhere, and looks at the page.
func (p *probe) authorize() {
	request := url.Values{"response_type": {"code"}, "client_id": {"latchkey-check"}, "redirect_uri": {foreignOrigin + "/"}, "state": {"x"}}
	separator := "?"
	if strings.Contains(p.metadata.AuthorizationEndpoint, "?") {
		separator = "&"
	}
	got, err := p.send("GET", p.metadata.AuthorizationEndpoint+separator+request.Encode(), "")
	if err != nil {
		p.add("LK112", "error", "The authorization endpoint does not answer: %v", err)
		return
	}
	if strings.HasPrefix(got.Header.Get("Location"), foreignOrigin) {
		p.add("LK112", "error", "The authorization endpoint sends people to addresses that nobody registered (RFC 9700 section 4.11).")
	}
	if got.Header.Get("X-Frame-Options") == "" && !strings.Contains(got.Header.Get("Content-Security-Policy"), "frame-ancestors") && got.StatusCode != http.StatusFound && got.StatusCode != http.StatusSeeOther {
		p.add("LK111", "warning", "Pages of the authorization endpoint may be shown inside those of others (RFC 6749 section 10.13).")
	}
	for _, cookie := range got.Cookies() {
		if !cookie.HttpOnly || (p.issuer.Scheme == "https" && !cookie.Secure) {
			p.add("LK113", "warning", "The cookie %s is not HttpOnly, or not Secure.", cookie.Name)
		}
	}
}
