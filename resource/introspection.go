package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Introspection verifies access tokens with the introspection endpoint of the
// authorization server (RFC 7662). It sends one request for each token and does
// not cache the response, so a token that was revoked is rejected at once.
type Introspection struct {
	// URL is the introspection endpoint.
	URL string
	// ClientID and ClientSecret are the credentials of the API at the
	// authorization server, which must allow it to introspect the tokens of
	// other clients. In Latchkey it is marked as a resource server.
	ClientID, ClientSecret string
	// Key authenticates the API in place of ClientSecret, unless it is nil.
	Key *ClientKey
	// Audience must be one of the values of aud. Empty means that the aud is not
	// checked.
	Audience string
	// OtherAudiences are accepted in place of Audience.
	OtherAudiences []string
	// AllowUntyped accepts a response without token_type, which RFC 7662 §2.2 does
	// not require. Latchkey and some other servers omit it for a refresh token, so
	// use this only for a server that does not introspect refresh tokens, or marks
	// them in another way.
	AllowUntyped bool
	Client       *http.Client // nil means a client with a timeout of 5 s
}

// maxResponseLength is the length of the longest introspection response, in
// bytes.
const maxResponseLength = 64 << 10

// Verify sends the token to the introspection endpoint.
func (i *Introspection) Verify(ctx context.Context, token string) (*Token, error) {
	form := url.Values{"token": {token}}
	if i.Key != nil {
		if err := i.Key.addTo(form, i.ClientID); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if i.Key == nil {
		r.SetBasicAuth(url.QueryEscape(i.ClientID), url.QueryEscape(i.ClientSecret)) // RFC 6749 §2.3.1
	}
	response, err := httpClient(i.Client).Do(r)
	if err != nil {
		return nil, fmt.Errorf("the introspection endpoint does not respond: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("the introspection endpoint responds with %s: check ClientID, and ClientSecret or Key, and whether this client is allowed to introspect tokens", response.Status)
	default:
		return nil, fmt.Errorf("the introspection endpoint responds with %s", response.Status)
	}
	var found struct {
		Active    bool   `json:"active"`
		TokenType string `json:"token_type"`
		claims
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxResponseLength)).Decode(&found); err != nil {
		return nil, fmt.Errorf("the response of the introspection endpoint cannot be read: %w", err)
	}
	if !found.Active {
		return nil, invalid(Inactive, "")
	}
	if err := found.otherKind(); err != nil {
		return nil, err
	}
	switch strings.ToLower(found.TokenType) {
	case "":
		if !i.AllowUntyped {
			return nil, invalid(WrongType, "the response has no token_type, as for a refresh token; see AllowUntyped")
		}
	case "dpop":
		return nil, invalid(Bound, "its token_type is %q", found.TokenType)
	case "refresh_token", "refresh":
		return nil, invalid(WrongType, "its token_type is %q", found.TokenType)
	}
	if i.Audience != "" || len(i.OtherAudiences) > 0 {
		if err := found.audienceError(append([]string{i.Audience}, i.OtherAudiences...)); err != nil {
			return nil, err
		}
	}
	return found.token()
}
