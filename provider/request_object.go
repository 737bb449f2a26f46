package provider

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	maxRequestURILength = 512             // OpenID Connect Core §6.2
	requestObjectLeeway = 1 * time.Minute // between the clocks
	typRequestObject    = "oauth-authz-req+jwt"
)

// requestObject takes the parameters of a request out of the JWT in which the
// client signed them (OpenID Connect Core §6, RFC 9101), if it did. It is
// called before anything else is believed; a redirect URI that the error may
// travel to is looked for among the plain parameters.
func (s *Provider) requestObject(ctx context.Context, client *oauth.Client, p oauth.Params) (oauth.Params, error) {
	text, uri := p.Get("request"), p.Get("request_uri")
	switch {
	case text != "" && uri != "":
		return p, oauth.Errorf(oauth.CodeInvalidRequest, "There is a request and a request_uri: only one can be the request.")
	case uri != "":
		var err error
		if text, err = s.fetchRequestObject(ctx, client, uri); err != nil {
			return p, err
		}
	case text == "":
		if client.RequireRequestObject {
			return p, oauth.Errorf(oauth.CodeInvalidRequest, "This application must sign its requests: the parameter request or request_uri is missing (RFC 9101).")
		}
		return p, nil
	}
	object, err := s.openRequestObject(ctx, client, text)
	if err != nil {
		return p, err
	}
	if err := object.check(s, client); err != nil {
		return p, err
	}
	return object.replace(p, client.RequireRequestObject)
}

// fetchRequestObject gets it from one of the addresses that the client
// registered; others are not asked (RFC 9101 §10.4.1).
func (s *Provider) fetchRequestObject(ctx context.Context, client *oauth.Client, uri string) (string, error) {
	bare, _, _ := strings.Cut(uri, "#") // a fragment is the hash of what is there, for caches
	registered := slices.ContainsFunc(client.RequestURIs, func(r string) bool {
		r, _, _ = strings.Cut(r, "#")
		return r == bare
	})
	switch {
	case s.Outbound == nil:
		return "", oauth.Errorf(oauth.CodeRequestURINotSupported, "The parameter request_uri is not supported here.")
	case len(uri) > maxRequestURILength:
		return "", oauth.Errorf(oauth.CodeInvalidRequestURI, "The request_uri is longer than %d characters.", maxRequestURILength)
	case !registered:
		return "", oauth.Errorf(oauth.CodeInvalidRequestURI, "The request_uri is not one of those registered for the application.")
	}
	text, err := s.Outbound.Get(ctx, bare, oauth.MaxParamsLength)
	if err != nil { // what exactly can be reached from here is nobody's business
		return "", oauth.Errorf(oauth.CodeInvalidRequestURI, "What the request_uri points at could not be fetched.").WithDetail("%v", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// requestObject is a request object whose signature was verified.
type requestObject struct {
	claims map[string]json.RawMessage
	// jar says that it is one of RFC 9101, not of OpenID Connect alone.
	jar bool
}

func errRequestObject(text string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidRequestObject, "%s", text)
}

// openRequestObject verifies the signature with the client's keys. It is none
// only for a client that chose so, and no JWT of another type counts (RFC 9101
// §10.8).
func (s *Provider) openRequestObject(ctx context.Context, client *oauth.Client, text string) (*requestObject, error) {
	if strings.Count(text, ".") == 4 {
		return nil, errRequestObject("Encrypted request objects are not supported; sign it only.")
	}
	if len(text) > oauth.MaxParamsLength {
		return nil, errRequestObject("The request object is too long.")
	}
	if unsigned(text) {
		return openUnsigned(client, text)
	}
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.PS256, jose.EdDSA})
	if err != nil {
		return nil, errRequestObject("The request object is not a JWT signed with one of: "+strings.Join(oauth.SigningAlgorithms(), ", ")+".").WithDetail("%v", err)
	}
	header := signed.Signatures[0].Protected
	if want := client.RequestObjectAlg; want != "" && want != header.Algorithm {
		return nil, errRequestObject("The request object must be signed with " + want + ": that is registered for the application.")
	}
	typ, _ := header.ExtraHeaders[jose.HeaderType].(string)
	if typ = plainType(typ); typ != "" && typ != "jwt" && typ != typRequestObject {
		return nil, errRequestObject("The request object has the type of another JWT.").WithDetail("typ %q", typ)
	}
	keys, err := s.clientKeys(ctx, client, verifies(header.Algorithm, header.KeyID))
	if errors.Is(err, oauth.ErrUnavailable) {
		return nil, errRequestObject("The keys of the application could not be fetched from its jwks_uri.").WithDetail("%v", err)
	}
	if err != nil {
		return nil, err
	}
	for i := range keys {
		payload, err := signed.Verify(keys[i].Key)
		if err != nil {
			continue
		}
		object := &requestObject{jar: typ == typRequestObject}
		if err := json.Unmarshal(payload, &object.claims); err != nil || object.claims == nil {
			return nil, errRequestObject("The request object holds no JSON object.")
		}
		return object, nil
	}
	return nil, errRequestObject("The request object is not signed with a key of the application.").
		WithDetail("alg %s, kid %q, %d keys fit", header.Algorithm, header.KeyID, len(keys))
}

// plainType is a typ in the form in which it is compared (RFC 7515 §4.1.9).
func plainType(typ string) string { return strings.TrimPrefix(strings.ToLower(typ), "application/") }

// check looks at what makes the JWT one for here and now (RFC 9101 §4, RFC
// 8725 §3.9).
func (o *requestObject) check(s *Provider, client *oauth.Client) error {
	var c struct {
		Issuer    *string  `json:"iss"`
		Subject   *string  `json:"sub"`
		Audience  audience `json:"aud"`
		Expires   *float64 `json:"exp"`
		NotBefore *float64 `json:"nbf"`
	}
	whole, err := json.Marshal(o.claims)
	if err != nil {
		return err
	}
	now := s.now()
	switch err := json.Unmarshal(whole, &c); {
	case err != nil:
		return errRequestObject("One of iss, sub, aud, exp and nbf in the request object is not what it must be.")
	case c.Issuer != nil && *c.Issuer != client.ID:
		return errRequestObject("The iss of the request object is not the client_id.")
	case c.Subject != nil && *c.Subject == client.ID:
		return errRequestObject("The sub of the request object is the client_id: that is a JWT for client authentication.")
	case c.Audience != nil && !slices.Contains(c.Audience, s.Issuer):
		return errRequestObject("The aud of the request object is not this server: " + s.Issuer)
	case c.Expires != nil && now.Add(-requestObjectLeeway).After(unix(*c.Expires)):
		return errRequestObject("The request object has expired.")
	case c.NotBefore != nil && now.Add(requestObjectLeeway).Before(unix(*c.NotBefore)):
		return errRequestObject("The request object is not good yet.")
	}
	return nil
}

// unix is a NumericDate (RFC 7519 §2).
func unix(seconds float64) time.Time { return time.UnixMilli(int64(min(seconds, 1e12) * 1000)) }

// audience is one text or several (RFC 7519 §4.1.3).
type audience []string

func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// replace makes the parameters that count. In an OpenID request those of the
// object win over the plain ones (OpenID Connect Core §6.1); otherwise, and for
// a client that signs whatever it asks for, there are no plain ones but the
// client_id (RFC 9101 §6.3, §10.5).
func (o *requestObject) replace(plain oauth.Params, signedAlone bool) (oauth.Params, error) {
	var params oauth.Params
	for name, raw := range o.claims {
		if !definedParameter(name) || string(raw) == "null" {
			continue
		}
		if name == "request" || name == "request_uri" {
			return plain, errRequestObject("A request object cannot hold another one.")
		}
		value, ok := claimText(raw)
		if !ok {
			return plain, errRequestObject("The '" + name + "' of the request object is not a parameter's value.")
		}
		if (name == "client_id" || name == "response_type") && plain.Has(name) && oauth.CanonicalResponseType(plain.Get(name)) != oauth.CanonicalResponseType(value) {
			return plain, errRequestObject("The " + name + " of the request object is not that of the request.")
		}
		params = params.With(name, value)
	}
	asked, _ := oauth.ParseScopes(plain.Get("scope"))
	merge := asked.Contains(oauth.ScopeOpenID) && !o.jar && !signedAlone
	for name, value := range plain.All() {
		if (merge || name == "client_id") && name != "request" && name != "request_uri" && !params.Has(name) {
			params = params.With(name, value)
		}
	}
	return params, nil
}

// claimText writes a claim as the parameter would be written: a text as it is,
// a number or an object (of the parameter claims) in JSON.
func claimText(raw json.RawMessage) (string, bool) {
	text := strings.TrimSpace(string(raw))
	switch {
	case strings.HasPrefix(text, `"`):
		var value string
		err := json.Unmarshal(raw, &value)
		return value, err == nil && oauth.IsText(value)
	case strings.HasPrefix(text, "{"):
		return text, oauth.IsText(text)
	}
	_, err := strconv.ParseInt(text, 10, 64)
	return text, err == nil
}
