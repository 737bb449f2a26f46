package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// supply is the source of the token in a request.
type supply int

const (
	none  supply = iota // the request has no token
	each                // prepared tokens, each used once
	cycle               // prepared tokens, used repeatedly
	chain               // the token of the previous response on the connection
)

// operation is one thing that a client does.
type operation struct {
	name   string
	method string
	path   string
	form   url.Values // the parameters of each request, without the token
	token  string     // the parameter with the token
	supply supply
	jwt    bool // sent by the client whose access tokens are JWTs
	// signs: the response has a JWT access token, so that a signature is a floor.
	signs bool
	// engine: the method of the store without HTTP is a floor, because it writes.
	engine bool
	check  func(body []byte) bool
	// head is contained in the head of each response.
	head []byte
	// cookie: the request has the session cookie of a person instead of
	// the credentials of a client.
	cookie bool
	// idToken is the algorithm of the ID token in the response; empty means that
	// the response has none.
	idToken string
}

// idTokenAlgorithms are the algorithms whose cost is compared.
var idTokenAlgorithms = []string{oauth.AlgRS256, oauth.AlgES256, oauth.AlgEdDSA}

// The registered client, and the PKCE verifier of all prepared codes.
const (
	redirectURI = "https://app.example/callback"
	verifier    = "a-code-verifier-of-the-shortest-length-43ch"
	// assertionParameter is the parameter of a client that authenticates with its key
	// (RFC 7523 §2.2).
	assertionParameter = "client_assertion"
	// deviceParameter is the parameter with the code of a device (RFC 8628 §3.4).
	deviceParameter = "device_code"
	// subjectParameter is the parameter with the token that is exchanged (RFC 8693
	// §2.1).
	subjectParameter = "subject_token"
	// pushedParameter is the parameter with a pushed request (RFC 9126 §4).
	pushedParameter = "request_uri"
	// approvedClient is a client for which nobody is asked for consent.
	approvedClient = "approved"
)

var operations = []operation{
	{
		name: "client_credentials", method: "POST", path: "/o/token/", engine: true,
		form: url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}}, check: opaque(false),
	},
	{
		name: "client_credentials JWT", method: "POST", path: "/o/token/", jwt: true, signs: true,
		form: url.Values{"grant_type": {"client_credentials"}, "scope": {"read"}},
		check: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte(`{"access_token":"eyJ`)) && bytes.HasSuffix(b, []byte("}"))
		},
	},
	{
		name: "client_credentials private_key_jwt", method: "POST", path: "/o/token/", token: assertionParameter, supply: each,
		form: url.Values{
			"grant_type": {"client_credentials"}, "scope": {"read"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		},
		check: opaque(false),
	},
	{
		name: "code exchange", method: "POST", path: "/o/token/", token: "code", supply: each, engine: true,
		form:  url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}},
		check: opaque(true),
	},
	{
		name: "code exchange with ID token RS256", method: "POST", path: "/o/token/", token: "code", supply: each, idToken: oauth.AlgRS256,
		form:  url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}},
		check: func(b []byte) bool { return opaque(true)(b) && bytes.Contains(b, []byte(`"id_token":"eyJ`)) },
	},
	{
		name: "code exchange with ID token ES256", method: "POST", path: "/o/token/", token: "code", supply: each, idToken: oauth.AlgES256,
		form:  url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}},
		check: func(b []byte) bool { return opaque(true)(b) && bytes.Contains(b, []byte(`"id_token":"eyJ`)) },
	},
	{
		name: "code exchange with ID token EdDSA", method: "POST", path: "/o/token/", token: "code", supply: each, idToken: oauth.AlgEdDSA,
		form:  url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {redirectURI}, "code_verifier": {verifier}},
		check: func(b []byte) bool { return opaque(true)(b) && bytes.Contains(b, []byte(`"id_token":"eyJ`)) },
	},
	{
		name: "refresh", method: "POST", path: "/o/token/", token: "refresh_token", supply: chain, engine: true,
		form: url.Values{"grant_type": {"refresh_token"}}, check: opaque(true),
	},
	{
		name: "device polling", method: "POST", path: "/o/token/", token: deviceParameter, supply: each,
		form:  url.Values{"grant_type": {oauth.GrantDeviceCode}},
		check: func(b []byte) bool { return bytes.HasPrefix(b, []byte(`{"error":"authorization_pending"`)) },
	},
	{
		name: "token exchange", method: "POST", path: "/o/token/", token: subjectParameter, supply: cycle, signs: true,
		form: url.Values{
			"grant_type": {oauth.GrantTokenExchange}, "scope": {"read"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"},
		},
		check: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte(`{"access_token":"eyJ`)) && bytes.Contains(b, []byte(`"issued_token_type":"urn:`))
		},
	},
	{
		name: "introspection", method: "POST", path: "/o/introspect/", token: "token", supply: cycle,
		check: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte(`{"active":true,`)) && bytes.HasSuffix(b, []byte("}"))
		},
	},
	{
		name: "revocation", method: "POST", path: "/o/revoke_token/", token: "token", supply: each, engine: true,
		check: func(b []byte) bool { return len(b) == 0 },
	},
	{
		name: "authorization", method: "GET", path: "/o/authorize/", cookie: true,
		form: url.Values{
			"response_type": {"code"}, "client_id": {approvedClient}, "redirect_uri": {redirectURI}, "scope": {"read write"},
			"code_challenge": {challenge()}, "code_challenge_method": {"S256"}, "state": {"some-state"},
		},
		head: []byte("\r\nLocation: " + redirectURI + "?code=lk_ac_"), check: func(b []byte) bool { return len(b) == 0 },
	},
	{
		name: "pushed request", method: "POST", path: "/o/par/",
		form: url.Values{
			"response_type": {"code"}, "redirect_uri": {redirectURI}, "scope": {"read write"},
			"code_challenge": {challenge()}, "code_challenge_method": {"S256"}, "state": {"some-state"},
		},
		check: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte(`{"request_uri":"urn:`)) && bytes.HasSuffix(b, []byte("}"))
		},
	},
	{
		name: "authorization of a pushed request", method: "POST", path: "/o/authorize/", cookie: true, token: pushedParameter, supply: each,
		form: url.Values{"client_id": {approvedClient}},
		head: []byte("\r\nLocation: " + redirectURI + "?code=lk_ac_"), check: func(b []byte) bool { return len(b) == 0 },
	},
	{
		name: "discovery", method: "GET", path: "/.well-known/oauth-authorization-server/o",
		check: func(b []byte) bool {
			return bytes.HasPrefix(b, []byte(`{"issuer":"`)) && bytes.HasSuffix(b, []byte("}"))
		},
	},
}

// opaque checks a token response.
func opaque(refresh bool) func([]byte) bool {
	return func(b []byte) bool {
		return bytes.HasPrefix(b, []byte(`{"access_token":"lk_at_`)) && bytes.HasSuffix(b, []byte("}")) &&
			(len(refreshToken(b)) > 0) == refresh
	}
}

var refreshMember = []byte(`"refresh_token":"`)

// refreshToken returns the refresh token of a token response.
func refreshToken(body []byte) []byte {
	_, after, found := bytes.Cut(body, refreshMember)
	if !found {
		return nil
	}
	token, _, _ := bytes.Cut(after, []byte(`"`))
	return token
}

// request returns the bytes of a request. They end with the token, which has the
// given length.
func (op *operation) request(address, basic string, tokenLength int) []byte {
	var b strings.Builder
	path := op.path
	if op.cookie && op.method == "GET" {
		path += "?" + op.form.Encode()
	}
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", op.method, path, address)
	if op.method == "POST" {
		body := op.form.Encode()
		if op.token != "" {
			body = strings.TrimPrefix(body+"&"+op.token+"=", "&")
			body += strings.Repeat("-", tokenLength)
		}
		switch {
		case op.cookie:
			b.WriteString("Cookie: " + basic + "\r\n")
		case op.token != assertionParameter:
			b.WriteString("Authorization: " + basic + "\r\n")
		}
		b.WriteString("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ")
		b.WriteString(strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	} else {
		if op.cookie {
			b.WriteString("Cookie: " + basic + "\r\n")
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}

// operationNames returns the names of all operations.
func operationNames() string {
	var names []string
	for _, op := range operations {
		names = append(names, op.name)
	}
	return strings.Join(names, ", ")
}

// choose returns the operations whose names begin with the given texts.
func choose(names string) ([]operation, error) {
	if names == "" {
		return operations, nil
	}
	var chosen []operation
	for name := range strings.SplitSeq(names, ",") {
		found := false
		for _, op := range operations {
			if op.name == name || (strings.HasPrefix(op.name, name) && !found) {
				chosen, found = append(chosen, op), true
			}
		}
		if !found {
			return nil, fmt.Errorf("no operation is named %q. The operations are: %s", name, operationNames())
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("no operation")
	}
	return chosen, nil
}
