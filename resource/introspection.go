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
	"time"
)

// Introspection asks the authorization server about each token (RFC 7662), so
// that one that was revoked ends at once. Nothing is cached.
type Introspection struct {
	// URL is the introspection endpoint.
	URL string
	// ClientID and ClientSecret are those of the API at the authorization
	// server, where it is marked as a resource server.
	ClientID, ClientSecret string
	// Audience, if set, must be among the token's aud.
	Audience string
	Client   *http.Client // nil means one that waits 5 s
}

// maxAnswer bounds an answer of the authorization server, in bytes.
const maxAnswer = 64 << 10

// Verify asks about the token.
func (i *Introspection) Verify(ctx context.Context, token string) (*Token, error) {
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.URL, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(url.QueryEscape(i.ClientID), url.QueryEscape(i.ClientSecret)) // RFC 6749 §2.3.1
	client := i.Client
	if client == nil {
		client = &http.Client{Timeout: 5 * time.Second}
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, errors.New("the introspection endpoint does not answer")
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the introspection endpoint answers %s", response.Status)
	}
	var answer struct {
		Active    bool     `json:"active"`
		Subject   string   `json:"sub"`
		ClientID  string   `json:"client_id"`
		Username  string   `json:"username"`
		Scope     string   `json:"scope"`
		ExpiresAt int64    `json:"exp"`
		ID        string   `json:"jti"`
		TokenType string   `json:"token_type"`
		Audience  audience `json:"aud"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the introspection endpoint's answer: %w", err)
	}
	switch {
	case !answer.Active, !answer.Audience.has(i.Audience):
		return nil, ErrInvalidToken
	case answer.TokenType == "":
		return nil, ErrInvalidToken // a refresh token is for the authorization server alone
	}
	return &Token{
		Subject: answer.Subject, ClientID: answer.ClientID, Username: answer.Username, Scope: answer.Scope, ExpiresAt: answer.ExpiresAt, ID: answer.ID,
	}, nil
}

// audience is one string or a list of them (RFC 7519 §4.1.3).
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// has reports whether the audience names the API, or nobody asks.
func (a audience) has(want string) bool {
	if want == "" {
		return true
	}
	for _, name := range a {
		if name == want {
			return true
		}
	}
	return false
}
