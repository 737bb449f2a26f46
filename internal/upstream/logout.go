package upstream

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Limits on the times of a logout token.
const (
	// logoutTTL is how long after its time a logout token is accepted, even if it expires
	// later.
	logoutTTL = 10 * time.Minute
	// endSessionWait is how long a logout waits for the metadata of the provider.
	endSessionWait = 3 * time.Second
)

// A Logout says that people have logged out at a provider: in the session SessionID, or
// everywhere if that is empty. Subject can be empty, too, but not both.
type Logout struct {
	Issuer, Subject, SessionID string
	// TokenID is the jti of the logout token, which must be accepted once, until Expires.
	TokenID           string
	IssuedAt, Expires time.Time
}

// Logout verifies a logout token (OpenID Connect Back-Channel Logout 1.0 §2.6). It returns
// ErrInvalid or ErrUnavailable.
func (p *Provider) Logout(ctx context.Context, token string) (Logout, error) {
	invalid := func(format string, args ...any) (Logout, error) {
		return Logout{}, fmt.Errorf("%w: the logout token: %s", ErrInvalid, fmt.Sprintf(format, args...))
	}
	if !p.IsOpenID() {
		return invalid("the provider has no back-channel logout")
	}
	if typ, ok := tokenType(token); !ok {
		return invalid("its typ is %q", bounded(typ))
	}
	m, err := p.metadata(ctx)
	if err != nil {
		return Logout{}, err
	}
	config := &oidc.Config{ClientID: p.ClientID, SkipIssuerCheck: len(p.Tenants) > 0, SkipExpiryCheck: true}
	found, err := m.provider.Verifier(config).VerifyLogout(p.within(ctx), token)
	var c claims
	if err == nil {
		err = found.Claims(&c)
	}
	if err != nil {
		if keysUnavailable(err) {
			return Logout{}, fmt.Errorf("%w: %s", ErrUnavailable, short(err))
		}
		return invalid("%s", short(err))
	}
	now, at, expires := p.clock(), c.time("iat"), c.time("exp")
	l := Logout{Issuer: found.Issuer, Subject: c.text("sub"), SessionID: c.text("sid"), TokenID: c.text("jti"), IssuedAt: at, Expires: at.Add(logoutTTL + clockSkew)}
	switch {
	case len(p.Tenants) > 0 && !p.isTenantIssuer(m, found.Issuer):
		return invalid("another issuer")
	case c["nonce"] != nil:
		return invalid("it has a nonce")
	case !c.isLogoutEvent():
		return invalid("events has no logout")
	case l.TokenID == "":
		return invalid("no jti, or a long one")
	case (c["sub"] != nil && l.Subject == "") || (c["sid"] != nil && l.SessionID == ""):
		return invalid("sub or sid is long, or not a text")
	case l.Subject == "" && l.SessionID == "":
		return invalid("neither sub nor sid")
	case at.IsZero() || at.After(now.Add(clockSkew)) || now.After(l.Expires):
		return invalid("iat is %s", at.UTC().Format(time.RFC3339))
	case !now.Before(expires.Add(clockSkew)):
		return invalid("it has expired")
	}
	return l, nil
}

// tokenType returns the typ of a token, and whether a logout token can have it: none, JWT,
// or logout+jwt (§2.4). The tokens of other kinds have types of their own.
func tokenType(token string) (typ string, ok bool) {
	var header struct {
		Type string `json:"typ"`
	}
	first, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(text, &header) != nil {
		return "", false
	}
	switch strings.TrimPrefix(strings.ToLower(header.Type), "application/") {
	case "", "jwt", "logout+jwt":
		return header.Type, true
	}
	return header.Type, false
}

// isLogoutEvent reports whether events has the member of a logout, with an object.
func (c claims) isLogoutEvent() bool {
	var events map[string]json.RawMessage
	var event map[string]any
	return json.Unmarshal(c["events"], &events) == nil &&
		json.Unmarshal(events["http://schemas.openid.net/event/backchannel-logout"], &event) == nil && event != nil
}

// keysUnavailable reports whether a signature could not be verified because the keys could
// not be fetched.
func keysUnavailable(err error) bool { return strings.Contains(err.Error(), "fetching keys") } // go-oidc does not wrap it

// EndSessionURL returns the address at which people log out at the provider, and come back
// to returnTo with the state, or "" if the provider has none, or is unavailable (OpenID
// Connect RP-Initiated Logout 1.0 §2). It has no id_token_hint: ID tokens are not kept, and
// contain personal data that must not be in an address. So most providers ask the person.
func (p *Provider) EndSessionURL(ctx context.Context, returnTo, state string) string {
	if !p.IsOpenID() {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, endSessionWait)
	defer cancel()
	m, err := p.metadata(ctx)
	if err != nil || m.EndSessionURL == "" || p.check(m.EndSessionURL) != nil {
		return ""
	}
	u, err := url.Parse(m.EndSessionURL)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	q.Set("post_logout_redirect_uri", returnTo)
	q.Set("state", state)
	u.RawQuery, u.Fragment = q.Encode(), ""
	return u.String()
}
