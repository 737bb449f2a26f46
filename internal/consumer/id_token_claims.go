package consumer

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// clockSkew is how far the clock of the provider may be ahead or behind.
const clockSkew = time.Minute

// claimChecks checks the claims of an ID token against the request that it answers.
type claimChecks struct {
	claims                  map[string]any
	algorithm               string
	now                     time.Time
	issuer, clientID, nonce string
	refreshed               bool // the ID token is the response to a refresh
	accessToken, code       string
}

func (c claimChecks) all() []check {
	return []check{
		c.iss(), c.aud(), c.azp(), c.exp(), c.iat(), c.checkNonce(),
		c.hash("at_hash", ui.Text{"consumer.check.access_token"}, c.accessToken), c.hash("c_hash", ui.Text{"consumer.check.code"}, c.code), c.sub(), c.sid(),
	}
}

func ok(name string, text ui.Text) check { return check{name, "ok", text} }

func failed(name string, text ui.Text) check { return check{name, "failed", text} }

func skipped(name string, text ui.Text) check { return check{name, "skipped", text} }

func (c claimChecks) text(claim string) string {
	text, _ := c.claims[claim].(string)
	return text
}

func (c claimChecks) iss() check {
	switch iss := c.text("iss"); {
	case iss == "":
		return failed("iss", ui.Text{"consumer.check.no_iss"})
	case c.issuer == "":
		return skipped("iss", ui.Text{"consumer.check.iss_unknown", "issuer", iss})
	case iss != c.issuer:
		return failed("iss", ui.Text{"consumer.check.iss_wrong", "issuer", iss, "expected", c.issuer})
	default:
		return ok("iss", ui.Text{"consumer.check.iss", "issuer", iss})
	}
}

// audience returns the claim aud, which is a text or a list.
func (c claimChecks) audience() []string {
	switch aud := c.claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		var list []string
		for _, entry := range aud {
			text, _ := entry.(string)
			list = append(list, text)
		}
		return list
	}
	return nil
}

func (c claimChecks) aud() check {
	aud := c.audience()
	switch {
	case !slices.Contains(aud, c.clientID):
		return failed("aud", ui.Text{"consumer.check.aud_wrong", "audience", quoted(aud)})
	case len(aud) > 1:
		return failed("aud", ui.Text{"consumer.check.aud_more", "audience", quoted(aud)})
	}
	return ok("aud", ui.Text{"consumer.check.aud"})
}

func (c claimChecks) azp() check {
	switch azp := c.text("azp"); {
	case azp == "" && len(c.audience()) > 1:
		return failed("azp", ui.Text{"consumer.check.no_azp"})
	case azp == "":
		return skipped("azp", ui.Text{"consumer.check.azp_absent"})
	case azp != c.clientID:
		return failed("azp", ui.Text{"consumer.check.azp_wrong", "app", azp})
	}
	return ok("azp", ui.Text{"consumer.check.azp"})
}

// at returns a claim with a time.
func (c claimChecks) at(claim string) (time.Time, bool) {
	seconds, is := c.claims[claim].(float64)
	return time.Unix(int64(seconds), 0), is
}

func (c claimChecks) exp() check {
	switch at, is := c.at("exp"); {
	case !is:
		return failed("exp", ui.Text{"consumer.check.no_exp"})
	case !c.now.Before(at.Add(clockSkew)):
		return failed("exp", ui.Text{"consumer.check.expired", "duration", ui.DurationText(c.now.Sub(at).Round(time.Second))})
	default:
		return ok("exp", ui.Text{"consumer.check.exp", "duration", ui.DurationText(at.Sub(c.now).Round(time.Second))})
	}
}

func (c claimChecks) iat() check {
	switch at, is := c.at("iat"); {
	case !is:
		return failed("iat", ui.Text{"consumer.check.no_iat"})
	case at.After(c.now.Add(clockSkew)):
		return failed("iat", ui.Text{"consumer.check.iat_future", "duration", ui.DurationText(at.Sub(c.now).Round(time.Second))})
	default:
		return ok("iat", ui.Text{"consumer.check.iat", "time", at.UTC().Format("2006-01-02 15:04:05 UTC")})
	}
}

func (c claimChecks) checkNonce() check {
	switch nonce := c.text("nonce"); {
	case c.nonce == "":
		return skipped("nonce", ui.Text{"consumer.check.no_nonce"})
	case nonce == "" && c.refreshed:
		return skipped("nonce", ui.Text{"consumer.check.nonce_refresh"})
	case nonce != c.nonce:
		return failed("nonce", ui.Text{"consumer.check.nonce_wrong", "nonce", quoted(nonce), "expected", quoted(c.nonce)})
	}
	return ok("nonce", ui.Text{"consumer.check.nonce"})
}

// hash checks a claim that binds the ID token to another value (OpenID Connect Core
// §3.1.3.6 and §3.3.2.11): the left half of its hash.
func (c claimChecks) hash(claim string, name ui.Text, value string) check {
	switch got := c.text(claim); {
	case got == "":
		return skipped(claim, ui.Text{"consumer.check.hash_absent"})
	case value == "":
		return skipped(claim, ui.Text{"consumer.check.hash_unknown", "value", name})
	case got != halfHash(c.algorithm, value):
		return failed(claim, ui.Text{"consumer.check.hash_wrong", "value", name})
	}
	return ok(claim, ui.Text{"consumer.check.hash", "value", name})
}

// halfHash returns the left half of the hash of a value, with the hash function of the
// signature algorithm.
func halfHash(algorithm, value string) string {
	var sum []byte
	switch {
	case strings.HasSuffix(algorithm, "256"):
		hash := sha256.Sum256([]byte(value))
		sum = hash[:]
	case strings.HasSuffix(algorithm, "384"):
		hash := sha512.Sum384([]byte(value))
		sum = hash[:]
	default: // also EdDSA, with Ed25519
		hash := sha512.Sum512([]byte(value))
		sum = hash[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}

func (c claimChecks) sub() check {
	sub := c.text("sub")
	if sub == "" || len(sub) > 255 {
		return failed("sub", ui.Text{"consumer.check.sub_wrong"})
	}
	return ok("sub", ui.Text{"consumer.check.sub", "subject", sub})
}

func (c claimChecks) sid() check {
	if sid := c.text("sid"); sid != "" {
		return ok("sid", ui.Text{"consumer.check.sid", "session", sid})
	}
	return skipped("sid", ui.Text{"consumer.check.sid_absent"})
}

func base64URL(text string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(text) }
