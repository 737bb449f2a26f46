package provider

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// unsigned reports whether the JWT says of itself that it has no signature.
func unsigned(text string) bool {
	first, _, _ := strings.Cut(text, ".")
	var header struct {
		Alg string `json:"alg"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(first)
	return err == nil && json.Unmarshal(raw, &header) == nil && header.Alg == oauth.AlgNone
}

// openUnsigned reads a request object without a signature (OpenID Connect Core
// §6.1). Those of RFC 9101 always have one (§4).
func openUnsigned(client *oauth.Client, text string) (*requestObject, error) {
	if client.RequestObjectAlg != oauth.AlgNone {
		return nil, oauth.Errorf(oauth.CodeRequestNotSupported, "Request objects without a signature (alg none) are not supported for this application.")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[2] != "" {
		return nil, errRequestObject("The request object says that it has no signature, but it is not header, payload and nothing.")
	}
	var header struct {
		Type     string `json:"typ"`
		Critical any    `json:"crit"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || json.Unmarshal(raw, &header) != nil || header.Critical != nil {
		return nil, errRequestObject("The header of the request object is not one that is understood here.")
	}
	if typ := plainType(header.Type); typ != "" && typ != "jwt" {
		return nil, errRequestObject("A request object of this type must be signed.").WithDetail("typ %q", typ)
	}
	object := new(requestObject)
	raw, err = base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(raw, &object.claims) != nil || object.claims == nil {
		return nil, errRequestObject("The request object holds no JSON object.")
	}
	return object, nil
}
