package provider

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxRequestURILength is the length of the longest request_uri, in bytes (OpenID
// Connect Core §6.2).
const maxRequestURILength = 512

// requestObject returns the parameters of an authorization request. If the
// request has a request object, the JWT in which the client signed them (OpenID
// Connect Core §6, RFC 9101), they come from there. It is called before any
// other parameter is used, except the client_id. With signedOnly, no other plain
// parameter is used. If requestObject returns an error, the redirect URI for the
// error is among the returned plain parameters.
func (s *Provider) requestObject(ctx context.Context, client *oauth.Client, p oauth.Params, signedOnly bool) (oauth.Params, error) {
	text, uri := p.Get("request"), p.Get("request_uri")
	switch {
	case text != "" && uri != "":
		return p, oauth.Errorf(oauth.CodeInvalidRequest, "The request has both a request and a request_uri parameter. Use one of them.")
	case uri != "":
		var err error
		if text, err = s.fetchRequestObject(ctx, client, uri); err != nil {
			return p, err
		}
	case text == "":
		if client.RequireRequestObject {
			return p, oauth.Errorf(oauth.CodeInvalidRequest, "This application must sign its requests: the parameter request or request_uri is missing (RFC 9101).").WithReason("unsigned")
		}
		return p, nil
	}
	object, err := s.openRequestObject(ctx, client, text)
	if err != nil {
		return p, err
	}
	return object.replace(p, signedOnly)
}

// fetchRequestObject fetches the request object from a URI that the client has
// registered. Other URIs are rejected (RFC 9101 §10.4.1).
func (s *Provider) fetchRequestObject(ctx context.Context, client *oauth.Client, uri string) (string, error) {
	bare, _, _ := strings.Cut(uri, "#") // the fragment is a hash of the document, for caches
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
		return "", oauth.Errorf(oauth.CodeInvalidRequestURI, "The request_uri is not one of those registered for the application.").WithReason("wrong_request_uri")
	}
	text, err := s.Outbound.Get(ctx, bare, oauth.MaxParamsLength)
	if errors.Is(err, oauth.ErrUnavailable) {
		return "", oauth.Errorf(oauth.CodeTemporarilyUnavailable, "The request object cannot be fetched from the request_uri at the moment.").WithReason("unreachable").WithDetail("%v", err)
	}
	if err != nil { // the cause is only logged: it reveals which hosts this server can reach
		return "", oauth.Errorf(oauth.CodeInvalidRequestURI, "The request object could not be fetched from the request_uri.").WithDetail("%v", err)
	}
	return strings.TrimSpace(string(text)), nil
}

// replace returns the parameters of the request object, merged with the plain
// parameters of the request. In an OpenID request the plain parameters that are
// not in the object are used too (OpenID Connect Core §6.1). In any other
// request, in one of RFC 9101 and with signedOnly, the only plain parameter that
// is used is the client_id (RFC 9101 §6.3, §10.5).
func (o *requestObject) replace(plain oauth.Params, signedOnly bool) (oauth.Params, error) {
	var params oauth.Params
	for name, raw := range o.claims {
		if !definedParameter(name) || string(raw) == "null" {
			continue
		}
		if name == "request" || name == "request_uri" {
			return plain, errRequestObject("A request object must not contain another request object.")
		}
		if name == "resource" && strings.HasPrefix(string(raw), "[") {
			var values []string
			if json.Unmarshal(raw, &values) != nil || len(values) > maxResources || slices.ContainsFunc(values, func(v string) bool { return !oauth.IsText(v) }) {
				return plain, errRequestObject("The 'resource' of the request object is not a list of at most 8 strings.")
			}
			for _, value := range values {
				params = params.With(name, value)
			}
			continue
		}
		value, ok := claimText(raw)
		if !ok {
			return plain, errRequestObject("The '" + name + "' of the request object must be a string, an integer or an object.")
		}
		if (name == "client_id" || name == "response_type") && plain.Has(name) && oauth.CanonicalResponseType(plain.Get(name)) != oauth.CanonicalResponseType(value) {
			return plain, errRequestObject("The " + name + " of the request object differs from that of the request.")
		}
		params = params.With(name, value)
	}
	scope, _ := oauth.ParseScopes(plain.Get("scope"))
	merge := scope.Contains(oauth.ScopeOpenID) && !o.jar && !signedOnly
	signed := params
	for name, value := range plain.All() {
		if (merge || name == "client_id") && name != "request" && name != "request_uri" && !signed.Has(name) {
			params = params.With(name, value)
		}
	}
	return params, nil
}

// claimText returns a claim in the form of a parameter: a string unchanged, an
// integer or an object (of the claims parameter) as JSON.
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
