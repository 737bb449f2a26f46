package upstream

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// ConfirmsNewLogins reports whether the provider can confirm that a person has logged in
// again. GitHub neither lets people log in again, nor reports when they did.
func (s Settings) ConfirmsNewLogins() bool { return s.Type != TypeGitHub }

// gitHubHost is the issuer of identities at github.com, which is not an OpenID provider.
const gitHubHost = "https://github.com"

// gitHubIssuer returns github.com, or the address of a GitHub Enterprise server.
func (s Settings) gitHubIssuer() string {
	if s.Issuer == "" {
		return gitHubHost
	}
	return strings.TrimSuffix(s.Issuer, "/")
}

// gitHub returns the client at GitHub.
func (p *Provider) gitHub() *oauth2.Config {
	scopes := p.Scopes
	if len(scopes) == 0 {
		scopes = []string{"read:user", "user:email"}
	}
	login := p.gitHubIssuer() + "/login/oauth/"
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.redirectURI, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: login + "authorize", TokenURL: login + "access_token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// gitHubIdentity is Identity for GitHub: the person is whom the access token belongs to. GitHub
// does not report when and how the person logged in.
func (p *Provider) gitHubIdentity(ctx context.Context, r Request, answer url.Values, report *Report) (*Identity, error) {
	if code := answer.Get("error"); code != "" {
		return nil, fmt.Errorf("%w: %s", ErrRefused, bounded(code))
	}
	tokens, err := p.exchange(ctx, p.gitHub(), r, answer.Get("code"))
	if err != nil {
		return nil, err
	}
	var user struct {
		ID    int64  `json:"id"`
		Login string `json:"login"`
		Name  string `json:"name"`
	}
	if err := p.gitHubGet(ctx, tokens, "/user", &user); err != nil {
		return nil, err
	}
	if user.ID <= 0 {
		return nil, fmt.Errorf("%w: no id", ErrInvalid)
	}
	var addresses []struct {
		Email    string `json:"email"`
		Primary  bool   `json:"primary"`
		Verified bool   `json:"verified"`
	}
	if err := p.gitHubGet(ctx, tokens, "/user/emails", &addresses); err != nil {
		return nil, err
	}
	member := func(value any) json.RawMessage {
		text, _ := json.Marshal(value) // a string or a bool
		return text
	}
	c := claims{"preferred_username": member(user.Login), "name": member(user.Name)}
	for _, a := range addresses {
		if a.Primary {
			c["email"], c["email_verified"] = member(a.Email), member(a.Verified)
		}
	}
	report.UserInfo = merge(claims{"id": member(user.ID)}, c).indented()
	i := &Identity{Issuer: p.gitHubIssuer(), Subject: fmt.Sprint(user.ID)}
	i.fill(p.Settings, c)
	i.Undated = true
	if i.AuthTime, err = p.authTime(r, i.AuthTime); err != nil {
		return nil, err
	}
	return i, p.allowed(i)
}

// gitHubGet reads a resource of the API.
func (p *Provider) gitHubGet(ctx context.Context, tokens *oauth2.Token, path string, into any) error {
	api := "https://api.github.com"
	if p.gitHubIssuer() != gitHubHost {
		api = p.gitHubIssuer() + "/api/v3"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, api+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/vnd.github+json")
	tokens.SetAuthHeader(r)
	response, err := p.client.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrUnavailable, short(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%w: %s returns status %d", ErrUnavailable, path, response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("%w: %s: %s", ErrInvalid, path, short(err))
	}
	return nil
}
