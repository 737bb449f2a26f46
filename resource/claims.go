package resource

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// claims are the claims of an access token that this package reads. RFC 9068 and
// RFC 7662 name them; the comments name what other servers write instead.
type claims struct {
	Issuer    string            `json:"iss"`
	Audience  jose.Audience     `json:"aud"`
	Subject   string            `json:"sub"`
	Username  string            `json:"username"`
	ID        string            `json:"jti"`
	IssuedAt  date              `json:"iat"`
	ExpiresAt *jose.NumericDate `json:"exp"`
	NotBefore *jose.NumericDate `json:"nbf"`
	// ClientID is azp at servers that follow OpenID Connect, and cid at Okta.
	ClientID string `json:"client_id"`
	AZP      any    `json:"azp"`
	CID      any    `json:"cid"`
	// Scope is a list at some servers. SCP is a text at Microsoft, and a list at
	// Okta.
	Scope scopes `json:"scope"`
	SCP   scopes `json:"scp"`
	// These claims describe the login of the person (RFC 9470 §6).
	AuthTime date `json:"auth_time"`
	ACR      text `json:"acr"`
	AMR      list `json:"amr"`
	// Act is the actor (RFC 8693 §4.1).
	Act json.RawMessage `json:"act"`
	// Confirmation binds the token to a key (RFC 7800).
	Confirmation json.RawMessage `json:"cnf"`
	// These claims identify tokens that are not access tokens: an ID token has
	// at_hash or c_hash, and a logout token has events. Keycloak sets typ. Cognito
	// and Ory set token_use.
	AtHash   any `json:"at_hash"`
	CHash    any `json:"c_hash"`
	Events   any `json:"events"`
	Typ      any `json:"typ"`
	TokenUse any `json:"token_use"`
	// These claims identify tokens that a client got for itself: at Auth0 gty is
	// client-credentials, at Microsoft idtyp is app, and at Keycloak the name of the user
	// has a prefix and the token has no session.
	GTY       text `json:"gty"`
	IDType    text `json:"idtyp"`
	Preferred text `json:"preferred_username"`
	Session   any  `json:"sid"`
	State     any  `json:"session_state"`
}

// text, list and date are types of claims. Other servers can send other types in these
// claims, which are then ignored.
type (
	text string
	list []string
	date int64 // seconds since 1970
)

// UnmarshalJSON reads a string.
func (t *text) UnmarshalJSON(value []byte) error {
	if plain, ok := jose.PlainString(value); ok {
		*t = text(plain)
		return nil
	}
	if value[0] == '"' {
		return json.Unmarshal(value, (*string)(t))
	}
	return nil
}

// UnmarshalJSON reads a string or a list of strings.
func (l *list) UnmarshalJSON(value []byte) error {
	var read jose.Audience
	if read.UnmarshalJSON(value) == nil {
		*l = list(read)
	}
	return nil
}

// UnmarshalJSON reads a number, with or without a fraction.
func (d *date) UnmarshalJSON(value []byte) error {
	if read, err := strconv.ParseFloat(string(value), 64); err == nil { // the value is valid JSON
		*d = date(jose.NumericDate(read).Time().Unix())
	}
	return nil
}

// scopes is a list of scopes, separated by spaces. In JSON it is one string or a
// list of strings.
type scopes string

// UnmarshalJSON reads either form.
func (s *scopes) UnmarshalJSON(text []byte) error {
	if plain, ok := jose.PlainString(text); ok {
		*s = scopes(plain)
		return nil
	}
	if text[0] != '[' {
		return json.Unmarshal(text, (*string)(s))
	}
	var list []string
	err := json.Unmarshal(text, &list)
	*s = scopes(strings.Join(list, " "))
	return err
}

// token returns the description of the token for the API. The text is the JSON object
// with the claims.
func (c *claims) token(text []byte) (*Token, error) {
	actor, err := readActor(c.Act)
	if err != nil {
		return nil, err
	}
	t := &Token{
		Issuer: c.Issuer, Subject: c.Subject, ClientID: c.ClientID, Username: c.Username, Scope: string(cmp.Or(c.Scope, c.SCP)),
		IssuedAt: int64(c.IssuedAt), AuthTime: int64(c.AuthTime), ACR: string(c.ACR), AMR: c.AMR,
		ID: c.ID, Audience: c.Audience, Actor: actor, RawClaims: json.RawMessage(text),
	}
	for _, other := range []any{c.AZP, c.CID} {
		if name, ok := other.(string); ok && t.ClientID == "" {
			t.ClientID = name
		}
	}
	if c.ExpiresAt != nil {
		t.ExpiresAt = c.ExpiresAt.Time().Unix()
	}
	t.ClientOnly = c.clientOnly(t)
	return t, nil
}

// clientOnly reports whether the token is for the client itself. At servers that follow
// RFC 9068 §2.2 its sub is then the client.
func (c *claims) clientOnly(t *Token) bool {
	switch {
	case t.ClientID == "":
		return false
	case t.Subject == t.ClientID, c.GTY == "client-credentials", c.IDType == "app":
		return true
	}
	return strings.HasPrefix(string(c.Preferred), "service-account-") && c.Session == nil && c.State == nil && c.AuthTime == 0
}

// otherKind returns an error if a claim shows that the token is not a bearer
// access token.
func (c *claims) otherKind() error {
	switch {
	case c.AtHash != nil || c.CHash != nil:
		return invalid(WrongType, "it is an ID token")
	case c.Events != nil:
		return invalid(WrongType, "it is a logout token or a security event token")
	case len(c.Confirmation) > 0 && string(c.Confirmation) != "null":
		return invalid(Bound, "it has the claim cnf")
	}
	for i, value := range [...]any{c.Typ, c.TokenUse} {
		switch kind, _ := value.(string); strings.ToLower(kind) {
		case "id", "id_token", "refresh", "refresh_token", "offline", "logout":
			return invalid(WrongType, "its claim %s is %q", [...]string{"typ", "token_use"}[i], kind)
		}
	}
	return nil
}

// audienceError returns an error if the token is for none of the audiences.
func (c *claims) audienceError(audience string, others []string) error {
	if isFor(c.Audience, audience) || isFor(c.Audience, others...) {
		return nil
	}
	return invalid(WrongAudience, "its aud is %q, want one of %q", []string(c.Audience), append([]string{audience}, others...))
}
