package upstream

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
)

// A Report is what a provider said about a person, for an administrator who tests it. It has no
// tokens.
type Report struct {
	// IDToken and UserInfo are the claims as indented JSON. They are empty if the login did not
	// get so far, or did not need them. For GitHub, UserInfo are the values of its API.
	IDToken, UserInfo string
	// Identity is the person, also if the rules do not allow them. It is nil if the answer was
	// not valid.
	Identity *Identity
}

// maxReport is the length of the longest list of claims in a Report, in bytes.
const maxReport = 32 << 10

// Inspect is Identity, and also returns the claims. The login is the same as that of a person.
func (p *Provider) Inspect(ctx context.Context, r Request, answer url.Values) (Report, error) {
	var report Report
	var err error
	report.Identity, err = p.identify(ctx, r, answer, &report)
	return report, err
}

// indented returns claims for a Report, without the nonce: it belongs to this login only.
func (c claims) indented() string {
	shown := make(claims, len(c))
	for name, value := range c {
		if name != "nonce" {
			shown[name] = value
		}
	}
	text, err := json.Marshal(shown)
	var b bytes.Buffer
	if err != nil || json.Indent(&b, text, "", "  ") != nil {
		return ""
	}
	if b.Len() > maxReport {
		b.Truncate(maxReport)
		b.WriteString(" …")
	}
	return string(bytes.ToValidUTF8(b.Bytes(), nil))
}
