package provider

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const typRequestObject = "oauth-authz-req+jwt" // RFC 9101 §10.8

// requestObject is a request object whose signature has been verified, or that
// needs none.
type requestObject struct {
	claims map[string]json.RawMessage
	// jar is set if the typ is that of RFC 9101. The rules of OpenID Connect
	// Core §6 then do not apply.
	jar bool
}

func errRequestObject(text string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidRequestObject, "%s", text)
}

// openRequestObject verifies the signature of a request object with the keys of
// the client, and then its claims. A request object without a signature is only
// accepted from a client with the algorithm "none" in its settings. A JWT of
// another type is rejected (RFC 9101 §10.8).
func (s *Provider) openRequestObject(ctx context.Context, client *oauth.Client, text string) (*requestObject, error) {
	if strings.Count(text, ".") == 4 {
		return nil, errRequestObject("Encrypted request objects are not supported. Sign the request object without encrypting it.")
	}
	if len(text) > oauth.MaxParamsLength {
		return nil, errRequestObject("The request object is too long.")
	}
	var object *requestObject
	var err error
	if jose.IsUnsecured(text) {
		object, err = openUnsigned(client, text)
	} else {
		object, err = s.openSigned(ctx, client, text)
	}
	if err != nil {
		return nil, err
	}
	return object, s.checkRequestObject(client, object)
}

// openSigned verifies the signature with the keys of the client.
func (s *Provider) openSigned(ctx context.Context, client *oauth.Client, text string) (*requestObject, error) {
	token, err := jose.ParseSigned(text, oauth.MaxParamsLength)
	if err != nil {
		return nil, errRequestObject("The request object is not a JWT signed with one of: "+strings.Join(oauth.SigningAlgorithms(), ", ")+".").WithDetail("%v", err)
	}
	if want := client.RequestObjectAlg; want != "" && want != token.Algorithm {
		return nil, errRequestObject("The request object must be signed with " + want + ", which is registered for the application.")
	}
	if token.Type != "" && token.Type != "jwt" && token.Type != typRequestObject {
		return nil, errRequestObject("The typ of the request object is that of another kind of JWT.").WithDetail("typ %q", token.Type)
	}
	keys, err := s.clientKeys(ctx, client, jose.Verifies(token.Algorithm, token.KeyID))
	if errors.Is(err, errUnreachable) {
		return nil, oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The keys of the application cannot be fetched from its jwks_uri at the moment.").WithReason("unreachable").WithDetail("%v", err)
	}
	if errors.Is(err, oauth.ErrUnavailable) {
		return nil, errRequestObject("The keys of the application could not be fetched from its jwks_uri.").WithDetail("%v", err)
	}
	if err != nil {
		return nil, err
	}
	for i := range keys {
		if payload, err := token.Verify(&keys[i]); err == nil {
			return readRequestObject(payload, token.Type)
		}
	}
	return nil, errRequestObject("The request object is not signed with a key of the application.").
		WithDetail("alg %s, kid %q, %d possible keys", token.Algorithm, token.KeyID, len(keys))
}

// openUnsigned reads a request object without a signature (OpenID Connect Core
// §6.1). A request object of RFC 9101 always has one (§4).
func openUnsigned(client *oauth.Client, text string) (*requestObject, error) {
	if client.RequestObjectAlg != oauth.AlgNone {
		return nil, oauth.Errorf(oauth.CodeRequestNotSupported, "Request objects without a signature (alg none) are not supported for this application.")
	}
	typ, payload, err := jose.ParseUnsecured(text)
	if err != nil {
		return nil, errRequestObject("The request object has the algorithm none, but it is malformed: " + err.Error() + ".")
	}
	if typ != "" && typ != "jwt" {
		return nil, errRequestObject("A request object of this type must be signed.").WithDetail("typ %q", typ)
	}
	return readRequestObject(payload, typ)
}

func readRequestObject(payload []byte, typ string) (*requestObject, error) {
	object := &requestObject{jar: typ == typRequestObject}
	if err := json.Unmarshal(payload, &object.claims); err != nil || object.claims == nil {
		return nil, errRequestObject("The request object does not contain a JSON object.")
	}
	return object, nil
}

// checkRequestObject rejects a request object that is not from this client, for
// this server and for this time (RFC 9101 §4, RFC 8725 §3.9).
func (s *Provider) checkRequestObject(client *oauth.Client, object *requestObject) error {
	var c struct {
		Issuer    *string           `json:"iss"`
		Subject   *string           `json:"sub"`
		Audience  jose.Audience     `json:"aud"`
		Expires   *jose.NumericDate `json:"exp"`
		NotBefore *jose.NumericDate `json:"nbf"`
	}
	all, err := json.Marshal(object.claims)
	if err != nil {
		return err
	}
	now := s.now()
	switch err := json.Unmarshal(all, &c); {
	case err != nil:
		return errRequestObject("One of iss, sub, aud, exp and nbf in the request object has a value of the wrong type.")
	case c.Issuer != nil && *c.Issuer != client.ID:
		return errRequestObject("The iss of the request object is not the client_id.")
	case c.Subject != nil && *c.Subject == client.ID:
		return errRequestObject("The sub of the request object is the client_id, as in a JWT for client authentication.")
	case c.Audience != nil && !c.Audience.Contains(s.Issuer):
		return errRequestObject("The aud of the request object is not this server: " + s.Issuer)
	case c.Expires != nil && now.Add(-clockLeeway).After(c.Expires.Time()):
		return errRequestObject("The request object has expired.")
	case c.NotBefore != nil && now.Add(clockLeeway).Before(c.NotBefore.Time()):
		return errRequestObject("The request object is not valid yet (nbf).")
	}
	return nil
}
