package livecheck

import (
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// metadata holds the members of the server metadata (RFC 8414 §2) that the
// checks need.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported"`
	Iss                   bool     `json:"authorization_response_iss_parameter_supported"`
}

// checkMetadata reads the metadata from every URL at which clients look for it.
// It reports whether it found any.
func (p *probe) checkMetadata() bool {
	origin, path := p.issuer.Scheme+"://"+p.issuer.Host, p.issuer.EscapedPath()
	places := []string{
		origin + path + "/.well-known/openid-configuration",
		origin + "/.well-known/oauth-authorization-server" + path,
		origin + path + "/.well-known/oauth-authorization-server",
	}
	places = slices.Compact(places) // an issuer without a path has the last one twice
	var missing []string
	first := ""
	for _, place := range places {
		got, err := p.send("GET", place, "")
		if err != nil {
			p.add("LK100", Error, "The server does not answer: %v", err)
			return false
		}
		var m metadata
		switch {
		case got.StatusCode != http.StatusOK || json.Unmarshal([]byte(got.body), &m) != nil:
			missing = append(missing, place)
		case m.Issuer != p.issuer.String():
			p.add("LK101", Error, "%s contains the issuer %q. Clients that expect %q must reject it (RFC 8414 section 3.3).", place, m.Issuer, p.issuer)
		case first == "":
			first, p.metadata = place, m
			p.checkTransport(got)
		case m.TokenEndpoint != p.metadata.TokenEndpoint || m.JWKSURI != p.metadata.JWKSURI:
			p.add("LK102", Error, "%s and %s differ.", first, place)
		}
	}
	if first == "" {
		p.add("LK100", Error, "There is no metadata of this issuer at %s", strings.Join(places, ", "))
		return false
	}
	for _, place := range missing {
		p.add("LK102", Warning, "There is no metadata at %s, where some clients look for it.", place)
	}
	return true
}

// checkTransport checks the schemes of the endpoints, HSTS and the clock.
func (p *probe) checkTransport(got response) {
	host := p.issuer.Hostname()
	loopback := host == "localhost" || net.ParseIP(host).IsLoopback()
	for _, address := range []string{p.issuer.String(), p.metadata.AuthorizationEndpoint, p.metadata.TokenEndpoint, p.metadata.JWKSURI} {
		if strings.HasPrefix(address, "http://") && !loopback {
			p.add("LK103", Error, "%s does not use https.", address)
		}
	}
	if p.issuer.Scheme == "https" && !loopback && got.Header.Get("Strict-Transport-Security") == "" {
		p.add("LK104", Warning, "Responses have no Strict-Transport-Security header, so the first request of a browser can be redirected by an attacker.")
	}
	if date, err := http.ParseTime(got.Header.Get("Date")); err == nil {
		if skew := time.Since(date).Abs(); skew > 5*time.Second {
			p.add("LK110", Warning, "The clock of the server differs from the clock of this machine by %s. Tokens can seem expired or not yet valid.", skew.Round(time.Second))
		}
	}
}

// checkCapabilities checks what the metadata offers to clients.
func (p *probe) checkCapabilities() {
	m := p.metadata
	if !slices.Contains(m.ChallengeMethods, "S256") {
		p.add("LK114", Error, "PKCE with S256 is not supported, so a stolen code can be redeemed by an attacker (RFC 9700 section 2.1.1).")
	}
	if slices.Contains(m.ChallengeMethods, "plain") {
		p.add("LK114", Warning, "PKCE with plain is supported, so an attacker who sees the request can redeem the code.")
	}
	if slices.Contains(m.IDTokenAlgs, "none") {
		p.add("LK115", Warning, "ID tokens without a signature (none) are supported.")
	}
	if slices.Contains(m.ResponseTypes, "token") {
		p.add("LK116", Warning, "The implicit grant is supported. It sends access tokens through the browser, where clients cannot verify them (RFC 9700 section 2.1.2).")
	}
	if !m.Iss {
		p.add("LK117", Warning, "Authorization responses do not contain the issuer, so clients of several servers are vulnerable to mix-up attacks (RFC 9207).")
	}
}
