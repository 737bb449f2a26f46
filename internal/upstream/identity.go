package upstream

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// An Identity is a person at a provider. All values are bounded, but only Issuer and
// Subject identify the person.
type Identity struct {
	Provider        string // Settings.Name
	Issuer, Subject string

	Username, Name, Email string // may be empty
	// EmailVerified reports whether the provider has verified the Email.
	EmailVerified bool
	// Claims are further fields, such as given_name.
	Claims map[string]string
	Groups []string

	// AuthTime is when the person logged in at the provider, or zero if it was now.
	AuthTime time.Time
	// Undated is set if the provider does not report when the person logged in.
	Undated bool
	AMR     []string // values of RFC 8176
	// TwoFactors reports whether the person used two factors, according to the provider.
	TwoFactors bool
	SessionID  string // the sid, or empty
}

// Limits of values of a provider.
const (
	maxText   = 255 // bytes
	maxGroups = 1000
	maxAMR    = 10
)

// claims are the members of an ID token or of a userinfo response.
type claims map[string]json.RawMessage

// member returns a member by its name, or by a path such as realm_access.roles if there is
// none with that name. Some names contain a dot, such as https://acme.example/roles.
func (c claims) member(name string) json.RawMessage {
	if value, found := c[name]; found {
		return value
	}
	first, rest, nested := strings.Cut(name, ".")
	var inner claims
	if !nested || json.Unmarshal(c[first], &inner) != nil {
		return nil
	}
	return inner.member(rest)
}

// text returns a string, or "" if the member is missing, too long or not a string.
func (c claims) text(name string) string {
	var text string
	if name == "" || json.Unmarshal(c.member(name), &text) != nil || len(text) > maxText || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return ""
	}
	return text
}

// texts returns a list of strings, or a single one, without those that are too long.
func (c claims) texts(name string, maximum int) (texts []string) {
	if name == "" {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(c.member(name), &list) != nil {
		list = []json.RawMessage{c.member(name)}
	}
	for _, element := range list {
		if text := (claims{"": element}).element(); text != "" && len(texts) < maximum {
			texts = append(texts, text)
		}
	}
	return texts
}

func (c claims) element() string { return claims{"element": c[""]}.text("element") }

// truth reports whether a member is true. Some providers send a string or a number.
func (c claims) truth(name string) bool {
	switch strings.Trim(strings.TrimSpace(string(c[name])), `"`) {
	case "true", "1":
		return true
	}
	return false
}

// time returns a time in seconds, or zero.
func (c claims) time(name string) time.Time {
	var seconds float64
	if json.Unmarshal(c[name], &seconds) != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// fill sets the fields that the claims of the provider describe.
func (i *Identity) fill(s Settings, c claims) {
	i.Provider = s.Name
	i.Username, i.Name, i.Email = c.text(s.claim("username")), c.text(s.claim("name")), c.text(s.claim("email"))
	// email_verified is about the claim email (OpenID Connect Core §5.1).
	i.EmailVerified = i.Email != "" && s.claim("email") == "email" && (c.truth("email_verified") || c.truth("xms_edov"))
	i.Groups = c.texts(s.claim("groups"), maxGroups)
	i.Claims = make(map[string]string)
	for field := range ownClaims {
		switch field {
		case "username", "name", "email", "groups":
			continue
		}
		if value := c.text(s.claim(field)); value != "" {
			i.Claims[field] = value
		}
	}
	for _, method := range c.texts("amr", maxAMR) {
		if isMethod(method) {
			i.AMR = append(i.AMR, method)
		}
		i.TwoFactors = i.TwoFactors || method == "mfa"
	}
	if acr := c.text("acr"); acr != "" {
		for _, two := range s.SecondFactorACR {
			i.TwoFactors = i.TwoFactors || acr == two
		}
	}
	i.SessionID = c.text("sid")
}

// isMethod reports whether a value of amr is a short word.
func isMethod(text string) bool {
	return len(text) <= 32 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}
