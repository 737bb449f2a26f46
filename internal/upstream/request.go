package upstream

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// A Request holds the values that a login needs until its answer. The caller keeps it until
// the answer, and binds State to the browser.
type Request struct {
	State, Nonce, Verifier string // random
	// BeganAt is when the request was made.
	BeganAt time.Time
	// Fresh requires a new login, and MaxAge one that is not older, unless it is negative.
	Fresh  bool
	MaxAge time.Duration

	// The rest is passed on to the provider.
	OtherAccount, Create bool
	LoginHint            string
	ACRValues, UILocales []string
}

// NewRequest returns a request without conditions.
func NewRequest(state, nonce string, now time.Time) Request {
	return Request{State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), BeganAt: now, MaxAge: -1}
}

// URL returns the address to which the browser is sent: an authorization request with PKCE
// (RFC 7636) and a nonce.
func (p *Provider) URL(ctx context.Context, r Request) (string, error) {
	if p.Type == TypeGitHub {
		return p.gitHub().AuthCodeURL(r.State, oauth2.S256ChallengeOption(r.Verifier)), nil
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)}
	add := func(name, value string) {
		const longest = 1000 // an application chose the value
		if value != "" && len(value) <= longest {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	switch {
	case r.Create && slices.Contains(m.PromptsSupported, "create"):
		add("prompt", "create")
	case r.Fresh:
		add("prompt", "login")
	case r.OtherAccount:
		add("prompt", "select_account")
	}
	if r.Fresh {
		add("max_age", "0")
	} else if r.MaxAge >= 0 {
		add("max_age", strconv.Itoa(int(r.MaxAge/time.Second)))
	}
	add("login_hint", r.LoginHint)
	add("acr_values", strings.Join(r.ACRValues, " "))
	add("ui_locales", strings.Join(r.UILocales, " "))
	return p.config(m).AuthCodeURL(r.State, options...), nil
}
