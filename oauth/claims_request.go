package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
)

// ClaimsRequest is the claims parameter (OpenID Connect Core §5.5): individual
// claims, and where the client wants them.
type ClaimsRequest struct {
	// UserInfo and IDToken are the requested claims by their names, for the userinfo
	// response and the ID token. A nil *ClaimRequest requests a claim without conditions.
	UserInfo map[string]*ClaimRequest `json:"userinfo,omitempty"`
	IDToken  map[string]*ClaimRequest `json:"id_token,omitempty"` // for the ID token; see UserInfo
}

// ClaimRequest describes how one claim is requested (OpenID Connect Core §5.5.1). If it
// is nil, the claim is voluntary.
type ClaimRequest struct {
	// Essential reports whether the client needs the claim for what the person wants to do.
	Essential bool `json:"essential,omitempty"`
	// Value is the value that the client requests, and Values are several, most preferred
	// first. Both have the types of encoding/json; nil means any value.
	Value  any   `json:"value,omitempty"`
	Values []any `json:"values,omitempty"` // the values that the client accepts, most preferred first; see Value
}

// Accepts reports whether the value is one of the requested values. A nil ClaimRequest,
// and one without values, accepts all.
func (c *ClaimRequest) Accepts(value string) bool {
	if c == nil || (c.Value == nil && c.Values == nil) {
		return true
	}
	return c.Value == value || slices.Contains(c.Values, any(value))
}

// Texts returns the requested values that are strings.
func (c *ClaimRequest) Texts() (texts []string) {
	for _, value := range append([]any{c.Value}, c.Values...) {
		if text, ok := value.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// Bounds on the claims parameter, because it is stored, sealed, in the browser.
const (
	maxClaimsLength = 4096 // bytes
	maxClaims       = 64   // names in each member
)

// ParseClaimsRequest parses the claims parameter. Members and claims that the
// server does not know are ignored (§5.5: they must not be an error). An error is an
// *Error with CodeInvalidRequest, for example if the text is not a JSON object.
func ParseClaimsRequest(text string, known ClaimScopes) (*ClaimsRequest, error) {
	if len(text) > maxClaimsLength {
		return nil, Errorf(CodeInvalidRequest, "The claims parameter is longer than %d bytes.", maxClaimsLength)
	}
	var raw struct {
		UserInfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := d.Decode(&raw); err != nil {
		return nil, Errorf(CodeInvalidRequest, "The claims parameter is not a JSON object as in OpenID Connect Core section 5.5.")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, Errorf(CodeInvalidRequest, "The claims parameter contains text after the JSON object.")
	}
	if len(raw.UserInfo) > maxClaims || len(raw.IDToken) > maxClaims {
		return nil, Errorf(CodeInvalidRequest, "The claims parameter requests more than %d claims.", maxClaims)
	}
	request := new(ClaimsRequest)
	var err error
	if request.UserInfo, err = knownClaims(raw.UserInfo, known); err != nil {
		return nil, err
	}
	if request.IDToken, err = knownClaims(raw.IDToken, known); err != nil {
		return nil, err
	}
	return request, nil
}

func knownClaims(raw map[string]json.RawMessage, known ClaimScopes) (map[string]*ClaimRequest, error) {
	requests := make(map[string]*ClaimRequest)
	for name, text := range raw {
		if known[name] == "" && name != "sub" && name != "acr" && name != "auth_time" {
			continue
		}
		var request *ClaimRequest
		if err := json.Unmarshal(text, &request); err != nil {
			return nil, Errorf(CodeInvalidRequest, "The claim '%s' in the claims parameter must be null or an object with essential, value or values.", name)
		}
		requests[name] = request
	}
	return requests, nil
}

// Scopes returns the scopes that the requested claims belong to.
func (c *ClaimsRequest) Scopes(of ClaimScopes) (scopes Scopes) {
	if c == nil {
		return nil
	}
	for _, member := range []map[string]*ClaimRequest{c.UserInfo, c.IDToken} {
		for name := range member {
			if scope := of[name]; scope != "" && !scopes.Contains(scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	slices.Sort(scopes)
	return scopes
}

// EssentialACR returns the acr that the login must have, or nil (OpenID Connect
// Core §5.5.1.1).
func (c *ClaimsRequest) EssentialACR() *ClaimRequest {
	if c == nil || c.IDToken["acr"] == nil || !c.IDToken["acr"].Essential {
		return nil
	}
	return c.IDToken["acr"]
}

// KeepScopes removes the claims of scopes that are not allowed. Requesting them
// is not an error (§5.5.1).
func (c *ClaimsRequest) KeepScopes(of ClaimScopes, allowed func(scope string) bool) {
	for _, member := range []map[string]*ClaimRequest{c.UserInfo, c.IDToken} {
		for name := range member {
			if scope := of[name]; scope != "" && !allowed(scope) {
				delete(member, name)
			}
		}
	}
}
