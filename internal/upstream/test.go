package upstream

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// A Step is one step of a test of a provider. Its texts contain no secrets.
type Step struct {
	Name    string `json:"name"`              // one of the Step constants
	Detail  string `json:"detail"`            // what was found
	Fault   string `json:"fault,omitempty"`   // what is wrong, or empty
	Warning string `json:"warning,omitempty"` // what may be wrong, or empty
}

// The steps of a test.
const (
	StepMetadata    = "metadata"     // it was fetched, and is that of the issuer
	StepKeys        = "keys"         // the keys that verify ID tokens
	StepRedirectURI = "redirect_uri" // the authorization endpoint accepts the client and its redirect URI
	StepSecret      = "secret"       // the token endpoint accepts the client ID and the secret
	StepBind        = "bind"         // the LDAP server accepts the account of this server
	StepSearch      = "search"       // it finds a person
	StepRules       = "rules"        // the rules allow the person
)

// Test tests whether people can log in, step by step, until one fails. No person logs in.
// username is a person in a directory, or empty.
func (p *Provider) Test(ctx context.Context, username string) (steps []Step) {
	add := func(name, detail string, err error) bool {
		step := Step{Name: name, Detail: detail}
		if err != nil {
			step.Fault = boundedTo(err.Error(), 600) // texts from the provider are shorter already
		}
		steps = append(steps, step)
		return err == nil
	}
	switch {
	case p.HasPasswords():
		p.testDirectory(ctx, username, add)
	case p.Type == TypeGitHub:
		p.testClient(ctx, p.gitHub(), add)
	default:
		m, err := p.metadata(ctx)
		detail := p.Issuer
		if err == nil {
			detail = m.AuthorizationURL
		}
		if !add(StepMetadata, detail, err) {
			return steps
		}
		steps[0].Warning = p.newLoginWarning(m)
		if detail, err := p.testKeys(ctx, m); add(StepKeys, detail, err) {
			p.testClient(ctx, p.config(m), add)
		}
	}
	return steps
}

// NewLoginWarning returns why the provider may be unable to confirm a new login, according to its
// metadata, or an empty text.
func (p *Provider) NewLoginWarning(ctx context.Context) (string, error) {
	if !p.IsOpenID() {
		return "", nil
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return "", err
	}
	return p.newLoginWarning(m), nil
}

// newLoginWarning is NewLoginWarning for metadata. A provider need not list its claims, and can
// send others (OpenID Connect Discovery §3).
func (p *Provider) newLoginWarning(m *metadata) string {
	if p.OmitsAuthTime || len(m.ClaimsSupported) == 0 || slices.Contains(m.ClaimsSupported, "auth_time") {
		return ""
	}
	return "claims_supported in the metadata does not contain auth_time. Without this claim, a provider cannot confirm a new login (prompt=login or max_age). Try a login. If its ID token has no auth_time, set omits_auth_time to accept each login as a new one"
}

// testKeys fetches the keys, and returns how many there are.
func (p *Provider) testKeys(ctx context.Context, m *metadata) (detail string, err error) {
	body, status, err := p.get(ctx, m.KeysURL)
	var keys jose.JSONWebKeySet
	switch {
	case err != nil:
		return m.KeysURL, err
	case status != http.StatusOK:
		return m.KeysURL, fmt.Errorf("the response has the status %d", status)
	case json.Unmarshal(body, &keys) != nil || len(keys.Keys) == 0:
		return m.KeysURL, errors.New("the response has no keys")
	}
	return fmt.Sprintf("%s (%d)", m.KeysURL, len(keys.Keys)), nil
}

// get reads a document of the provider.
func (p *Provider) get(ctx context.Context, address string) (body []byte, status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	r.Header.Set("Accept", "application/json, text/html;q=0.5")
	response, err := p.client.Do(r)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return body, response.StatusCode, err
}

// testClient tests the authorization endpoint with a request that nobody sees, and the
// token endpoint with a code that does not exist.
func (p *Provider) testClient(ctx context.Context, config *oauth2.Config, add func(string, string, error) bool) {
	location := config.AuthCodeURL(rand.Text(), oauth2.SetAuthURLParam("prompt", "none"), oauth2.SetAuthURLParam("nonce", rand.Text()), oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	_, status, err := p.get(ctx, location)
	if err == nil && status >= http.StatusBadRequest {
		err = fmt.Errorf("the authorization endpoint answers with the status %d; register this redirect URI for the client ID %s at the provider", status, p.ClientID)
	}
	if !add(StepRedirectURI, config.RedirectURL, err) {
		return
	}
	_, err = config.Exchange(p.within(ctx), "test-"+rand.Text(), oauth2.VerifierOption(oauth2.GenerateVerifier()))
	refused, answered := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case answered && slices.Contains([]string{"invalid_grant", "bad_verification_code"}, refused.ErrorCode):
		err = nil // the client was accepted, and the code was not
	case answered && slices.Contains([]string{"invalid_client", "unauthorized_client", "incorrect_client_credentials"}, refused.ErrorCode):
		err = errors.New("the client ID or the client secret is wrong (" + short(err) + ")")
	case err != nil:
		err = errors.New(short(err))
	default:
		err = errors.New("the token endpoint accepted a code that does not exist")
	}
	add(StepSecret, config.Endpoint.TokenURL, err)
}

// testDirectory searches for a person in a directory.
func (p *Provider) testDirectory(ctx context.Context, username string, add func(string, string, error) bool) {
	looked := username
	if looked == "" {
		looked = "test-" + strings.ToLower(rand.Text())
	}
	e, err := p.Find(ctx, looked)
	u, _ := url.Parse(p.Settings.URL)
	if !add(StepBind, p.BindDN+" ("+u.Host+")", err) || username == "" {
		return
	}
	if e.ID == "" {
		err = errors.New("the filter finds nobody, or more than one person")
	} else if e.Disabled {
		err = errors.New("the account is disabled")
	}
	if !add(StepSearch, e.Name+" "+e.ID, err) {
		return
	}
	detail := ""
	if err := p.directory.FindGroups(ctx, e); err != nil {
		add(StepRules, detail, unavailable(err))
		return
	}
	i, err := p.Person(e)
	if i != nil {
		detail = i.Summary()
	}
	add(StepRules, detail, err)
}

// Summary describes a person for an administrator.
func (i *Identity) Summary() string {
	values := []string{"username " + i.Username, "name " + i.Name, "email " + i.Email}
	if i.EmailVerified {
		values = append(values, "verified")
	}
	return strings.Join(append(values, "groups "+strings.Join(i.Groups, "; ")), ", ")
}
