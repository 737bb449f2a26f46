package latchkeytest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// Token returns an access token with these scopes for a person, who is added if they do
// not exist. With Options.People, the username is the Subject of the person. Nobody logs in: the token is issued at once. Without scopes, it has the
// default scopes. It belongs to a client that Token adds; use IssueToken of
// Provider.Server for a token of another client or for another resource.
func (p *Provider) Token(username string, scopes ...string) string {
	p.t.Helper()
	if p.client == nil {
		p.client, _ = p.AddClient("https://client.example/callback", nil)
	}
	response, err := p.Server.IssueToken(p.t.Context(), provider.TokenOrder{ClientID: p.client.ID, Subject: p.subject(username), Scope: scopes})
	rejected, ok := errors.AsType[*oauth.Error](err)
	if ok && p.own && rejected.Reason == "disabled" {
		p.t.Fatalf("latchkeytest: Token: Options.People.Lookup reports that the person with the Subject %q is not active. Pass the Subject of a person, and not the name: %v", username, err)
	}
	if ok && rejected.Code == oauth.CodeInvalidScope {
		p.t.Fatalf("latchkeytest: Token: %v Add your own scopes to Options.Scopes, in a function that you pass to New.", err)
	}
	if err != nil {
		p.t.Fatalf("latchkeytest: Token: %v", err)
	}
	return response.AccessToken
}

// Tokens is a response of the token endpoint.
type Tokens struct {
	AccessToken  string `json:"access_token"`  // a secret
	RefreshToken string `json:"refresh_token"` // or "" if the client gets none
	IDToken      string `json:"id_token"`      // if the scope openid was granted
	Scope        string `json:"scope"`         // the granted scopes, separated by spaces
	ExpiresIn    int64  `json:"expires_in"`    // seconds
}

// Tokens lets a person, who is added if they do not exist, log in to a client of
// AddClient and give consent, and redeems the code. secret is the secret of the client.
func (p *Provider) Tokens(client *oauth.Client, secret, username string, scopes ...string) Tokens {
	p.t.Helper()
	p.subject(username)
	code, err := p.Browser().Authorize(p.AuthorizationURL(client, scopes...), username)
	if err != nil {
		p.t.Fatalf("latchkeytest: Tokens: %v", err)
	}
	return p.redeem(client, secret, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client.RedirectURIs[0]}, "code_verifier": {codeVerifier}})
}

// codeVerifier is the code verifier (RFC 7636) of AuthorizationURL.
const codeVerifier = "the-code-verifier-of-all-requests-of-latchkeytest"

// AuthorizationURL returns the URL to which a client would send a browser to request a code,
// with the first redirect URI of the client, and with a state, a nonce and PKCE. Only Tokens
// can redeem the code, because it has the code_verifier. A test that redeems codes builds its
// own URL.
func (p *Provider) AuthorizationURL(client *oauth.Client, scopes ...string) string {
	p.t.Helper()
	if len(client.RedirectURIs) == 0 {
		p.t.Fatalf("latchkeytest: AuthorizationURL: the client %q has no redirect URI. Add the client with AddClient, or use Token for a client without a browser", client.ID)
	}
	challenge := sha256.Sum256([]byte(codeVerifier))
	return p.Issuer + "/authorize/?" + url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {client.RedirectURIs[0]}, "scope": {strings.Join(scopes, " ")},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"}, "state": {rand.Text()}, "nonce": {rand.Text()},
	}.Encode()
}

func (p *Provider) redeem(client *oauth.Client, secret string, form url.Values) (tokens Tokens) {
	p.t.Helper()
	form.Set("client_id", client.ID)
	if secret != "" {
		form.Set("client_secret", secret)
	}
	response, err := http.PostForm(p.Issuer+"/token/", form)
	if err != nil {
		p.t.Fatalf("latchkeytest: redeem: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		p.t.Fatalf("the token endpoint returned %s: %s", response.Status, text)
	}
	if err := json.NewDecoder(response.Body).Decode(&tokens); err != nil {
		p.t.Fatalf("latchkeytest: redeem: %v", err)
	}
	return tokens
}
