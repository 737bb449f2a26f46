package provider

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// assertionTypeJWT is the client_assertion_type of RFC 7523 §2.2.
	assertionTypeJWT = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionTypeSPIFFE is that of a JWT-SVID (OAuth SPIFFE Client Authentication,
	// draft).
	assertionTypeSPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
	// typClientAuthentication is the typ of a JWT that only authenticates a client.
	// Most clients omit it, or use JWT.
	typClientAuthentication = "client-authentication+jwt"
	// typJOSE is the typ of any JWS (RFC 7515 §4.1.9).
	typJOSE = "jose"
	// maxAssertionLength is the length of the longest assertion, in bytes.
	maxAssertionLength = 8 << 10
	// maxClientAssertionTTL is how far ahead the exp of an assertion can be that a
	// client made itself. A minute would be enough, but Authlib uses an hour.
	maxClientAssertionTTL = time.Hour
)

// clientAssertion is a JWT with which a client authenticates. Neither its
// signature nor its claims have been checked.
type clientAssertion struct {
	text  string
	token *jose.Token
	// mac is set if it has an HMAC instead of a signature.
	mac    bool
	claims assertionClaims
}

// assertionClaims are the claims of RFC 7523 §3. Names are compared exactly.
type assertionClaims struct {
	issuer, subject, id        string
	audience                   jose.Audience
	expires, notBefore, issued *jose.NumericDate
}

// errAssertion is the error for an assertion that is not accepted.
func errAssertion(format string, args ...any) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidClient, "Client authentication failed: "+format, args...).WithReason("bad_assertion")
}

// readAssertion returns the client_assertion of a request, and the client id. The
// client_id is optional, and is then the sub of the assertion (RFC 7521 §4.2).
func readAssertion(authorization string, p oauth.Params) (clientID string, a *clientAssertion, err error) {
	text, kind := p.Get("client_assertion"), p.Get("client_assertion_type")
	invalid := func(description string) (string, *clientAssertion, error) {
		return "", nil, oauth.Errorf(oauth.CodeInvalidRequest, "%s", description).WithReason("malformed")
	}
	switch {
	case authorization != "":
		return invalid("The request has both an Authorization header and a client_assertion. Use one of them (RFC 6749 section 2.3).")
	case p.Get("client_secret") != "":
		return invalid("The request has both a client_secret and a client_assertion. Use one of them (RFC 6749 section 2.3).")
	case text == "":
		return invalid("There is a client_assertion_type, but the parameter client_assertion is missing.")
	case kind == "":
		return invalid("There is a client_assertion, but the parameter client_assertion_type is missing. Its value is " + assertionTypeJWT + ".")
	case kind != assertionTypeJWT && kind != assertionTypeSPIFFE:
		return invalid("This client_assertion_type is not supported. Use " + assertionTypeJWT + ", or for a JWT-SVID " + assertionTypeSPIFFE + ".")
	}
	if a, err = parseAssertion(text); err != nil {
		return "", nil, err
	}
	clientID = cmp.Or(p.Get("client_id"), a.claims.subject)
	if !oauth.IsText(clientID) {
		return "", nil, errAssertion("the sub of the client_assertion contains a NUL or is not UTF-8.")
	}
	if kind == assertionTypeSPIFFE && (!strings.HasPrefix(a.claims.subject, "spiffe://") || a.claims.issuer == clientID) {
		return "", nil, errAssertion("the client_assertion is not a JWT-SVID. Its sub must be a SPIFFE ID, and its iss the issuer of the trust domain.")
	}
	return clientID, a, nil
}

// parseAssertion parses a JWT with a signature or an HMAC. The algorithm none is
// not known to either parser.
func parseAssertion(text string) (*clientAssertion, error) {
	a := &clientAssertion{text: text}
	var err error
	if a.token, err = jose.ParseSigned(text, maxAssertionLength); err != nil {
		var notMAC error
		if a.token, notMAC = jose.ParseMAC(text, maxAssertionLength); notMAC != nil {
			return nil, errAssertion("the client_assertion is not a JWT of at most %d bytes that is signed with one of: %s.", maxAssertionLength, strings.Join(oauth.ClientAlgorithms(), ", ")).
				WithDetail("%v", err)
		}
		a.mac = true
	}
	if typ := a.token.Type; typ != "" && typ != "jwt" && typ != typJOSE && typ != typClientAuthentication {
		return nil, errAssertion("the typ of the client_assertion is that of another kind of JWT. Omit it, or use %s.", typClientAuthentication).WithDetail("typ %q", typ)
	}
	if !a.claims.read(a.token.UnverifiedPayload()) {
		return nil, errAssertion("the client_assertion does not contain a JSON object, or one of iss, sub, aud, exp, nbf, iat and jti has a value of the wrong type.")
	}
	return a, nil
}

// read reports whether the payload is a JSON object in which all of the claims
// have the right type.
func (c *assertionClaims) read(payload []byte) bool {
	var all map[string]json.RawMessage
	if json.Unmarshal(payload, &all) != nil || all == nil {
		return false
	}
	for name, to := range map[string]any{
		"iss": &c.issuer, "sub": &c.subject, "jti": &c.id, "aud": &c.audience,
		"exp": &c.expires, "nbf": &c.notBefore, "iat": &c.issued,
	} {
		if raw, given := all[name]; given && json.Unmarshal(raw, to) != nil {
			return false
		}
	}
	return true
}

// errOtherIssuer is the error for an assertion that the client did not make itself, and
// that is not one of a workload either.
func errOtherIssuer() *oauth.Error {
	return errAssertion("the iss and the sub of the client_assertion must both be the client_id, or name a workload that the application accepts.")
}

// checkAssertionClaims checks everything but the signature, before any key is fetched or
// used (RFC 7523 §3). It depends only on the request, and not on whether the client
// exists.
func (s *Provider) checkAssertionClaims(clientID string, c assertionClaims) *oauth.Error {
	now := s.now()
	switch {
	case c.issuer != clientID || c.subject != clientID:
		return errOtherIssuer().WithDetail("iss %q, sub %q", beginning(c.issuer), beginning(c.subject))
	case len(c.audience) == 0:
		return errAssertion("the client_assertion has no aud. Use the issuer of this server: %s", s.Issuer)
	case !s.isAddressed(c.audience):
		return errAssertion("the aud of the client_assertion must be this server alone. Use its issuer: %s", s.Issuer).WithDetail("aud %q", c.audience)
	case c.expires == nil:
		return errAssertion("the client_assertion has no exp. Let it expire a minute after it is created.")
	case !now.Before(c.expires.Time().Add(clockLeeway)):
		return errAssertion("the client_assertion has expired. Create a new one for each request, and check the clock of the application.")
	case c.expires.Time().After(now.Add(maxClientAssertionTTL + clockLeeway)):
		return errAssertion("the client_assertion expires more than %d minutes from now. Let it expire a minute after it is created.", int(maxClientAssertionTTL.Minutes()))
	case c.notBefore != nil && now.Add(clockLeeway).Before(c.notBefore.Time()):
		return errAssertion("the client_assertion is not valid yet (nbf). Check the clock of the application.")
	case c.issued != nil && now.Add(clockLeeway).Before(c.issued.Time()):
		return errAssertion("the client_assertion was created in the future (iat). Check the clock of the application.")
	case c.id == "" || len(c.id) > maxJTILength:
		return errAssertion("the client_assertion needs a jti of 1 to %d bytes. Use a new random one for each request.", maxJTILength)
	}
	return nil
}

// isAddressed reports whether an assertion is for this server and for no other
// one, which could use it here. The audience is the issuer or, unless
// IssuerAudienceOnly is set, the URL of an endpoint at which clients authenticate
// (RFC 7523 §3, OpenID Connect Core §9).
func (s *Provider) isAddressed(audience jose.Audience) bool {
	if s.IssuerAudienceOnly {
		return len(audience) == 1 && audience[0] == s.Issuer
	}
	return !slices.ContainsFunc(audience, func(name string) bool {
		rest, ours := strings.CutPrefix(name, s.Issuer)
		return !ours || !slices.Contains(authenticatedEndpoints(), strings.Trim(rest, "/")) || rest != "" && rest[0] != '/'
	})
}

// authenticatedEndpoints returns the paths of the endpoints at which clients
// authenticate, below the issuer. The empty path is the issuer itself.
func authenticatedEndpoints() []string {
	return []string{"", "token", "introspect", "revoke_token", "par", "device-authorization"}
}
