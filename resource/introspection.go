package resource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
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
	// Audience must be one aud of the token. Empty means that the aud is not
	// checked.
	Audience string
	Client   *http.Client // nil means a client with a timeout of 5 s
}

// maxResponseLength is the length of the longest introspection response, in
// bytes.
const maxResponseLength = 64 << 10

// Verify sends the token to the introspection endpoint.
func (i *Introspection) Verify(ctx context.Context, token string) (*Token, error) {
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.URL, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(url.QueryEscape(i.ClientID), url.QueryEscape(i.ClientSecret)) // RFC 6749 §2.3.1
	response, err := httpClient(i.Client).Do(r)
	if err != nil {
		return nil, errors.New("the introspection endpoint does not respond")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the introspection endpoint responds with %s", response.Status)
	}
	var found struct {
		Active    bool          `json:"active"`
		Subject   string        `json:"sub"`
		ClientID  string        `json:"client_id"`
		Username  string        `json:"username"`
		Scope     string        `json:"scope"`
		ExpiresAt int64         `json:"exp"`
		ID        string        `json:"jti"`
		TokenType string        `json:"token_type"`
		Audience  jose.Audience `json:"aud"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxResponseLength)).Decode(&found); err != nil {
		return nil, fmt.Errorf("the response of the introspection endpoint cannot be read: %w", err)
	}
	switch {
	case !found.Active,
		i.Audience != "" && !found.Audience.Contains(i.Audience),
		found.TokenType == "": // a refresh token, which must not be used at an API
		return nil, ErrInvalidToken
	}
	return &Token{
		Subject: found.Subject, ClientID: found.ClientID, Username: found.Username, Scope: found.Scope, ExpiresAt: found.ExpiresAt, ID: found.ID,
	}, nil
}
