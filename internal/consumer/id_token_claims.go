package consumer

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
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
		c.hash("at_hash", "access token", c.accessToken), c.hash("c_hash", "code", c.code), c.sub(), c.sid(),
	}
}

func ok(name, format string, values ...any) check {
	return check{name, "ok", fmt.Sprintf(format, values...)}
}

func failed(name, format string, values ...any) check {
	return check{name, "failed", fmt.Sprintf(format, values...)}
}

func skipped(name, format string, values ...any) check {
	return check{name, "skipped", fmt.Sprintf(format, values...)}
}

func (c claimChecks) text(claim string) string {
	text, _ := c.claims[claim].(string)
	return text
}

func (c claimChecks) iss() check {
	switch iss := c.text("iss"); {
	case iss == "":
		return failed("iss", "There is no issuer.")
	case c.issuer == "":
		return skipped("iss", "The issuer is %s. Enter the issuer of the provider to compare it.", iss)
	case iss != c.issuer:
		return failed("iss", "The issuer is %s, but the request was sent to %s.", iss, c.issuer)
	default:
		return ok("iss", "The issuer is %s.", iss)
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
		return failed("aud", "The audience is %q, which does not contain the client ID of this application. The ID token is for another application.", aud)
	case len(aud) > 1:
		return failed("aud", "The audience %q contains other applications, which this application does not know (OpenID Connect Core section 3.1.3.7).", aud)
	}
	return ok("aud", "The audience is this application.")
}

func (c claimChecks) azp() check {
	switch azp := c.text("azp"); {
	case azp == "" && len(c.audience()) > 1:
		return failed("azp", "The ID token has several audiences, but does not say to which application it was issued.")
	case azp == "":
		return skipped("azp", "Absent. It is only needed if there are several audiences.")
	case azp != c.clientID:
		return failed("azp", "The ID token was issued to the application %s.", azp)
	}
	return ok("azp", "The ID token was issued to this application.")
}

// at returns a claim with a time.
func (c claimChecks) at(claim string) (time.Time, bool) {
	seconds, is := c.claims[claim].(float64)
	return time.Unix(int64(seconds), 0), is
}

func (c claimChecks) exp() check {
	switch at, is := c.at("exp"); {
	case !is:
		return failed("exp", "There is no expiry time.")
	case !c.now.Before(at.Add(clockSkew)):
		return failed("exp", "The ID token expired %v ago. An application checks this only when it receives the token. Later, it uses its own session.", c.now.Sub(at).Round(time.Second))
	default:
		return ok("exp", "The ID token expires in %v.", at.Sub(c.now).Round(time.Second))
	}
}

func (c claimChecks) iat() check {
	switch at, is := c.at("iat"); {
	case !is:
		return failed("iat", "There is no time of issue.")
	case at.After(c.now.Add(clockSkew)):
		return failed("iat", "The ID token was issued %v in the future. Check the clocks of both machines.", at.Sub(c.now).Round(time.Second))
	default:
		return ok("iat", "The ID token was issued at %s.", at.UTC().Format("15:04:05 UTC on 2 January 2006"))
	}
}

func (c claimChecks) checkNonce() check {
	switch nonce := c.text("nonce"); {
	case c.nonce == "":
		return skipped("nonce", "The request contained no nonce, so there is nothing to compare.")
	case nonce == "" && c.refreshed:
		return skipped("nonce", "Absent. An ID token from a refresh does not need it (OpenID Connect Core section 12.2).")
	case nonce != c.nonce:
		return failed("nonce", "The nonce is %q instead of %q. The ID token was issued for another request.", nonce, c.nonce)
	}
	return ok("nonce", "The nonce matches the request.")
}

// hash checks a claim that binds the ID token to another value (OpenID Connect Core
// §3.1.3.6 and §3.3.2.11): the left half of its hash.
func (c claimChecks) hash(claim, name, value string) check {
	switch got := c.text(claim); {
	case got == "":
		return skipped(claim, "Absent. It is optional here.")
	case value == "":
		return skipped(claim, "This page does not have the %s to compare it with.", name)
	case got != halfHash(c.algorithm, value):
		return failed(claim, "It does not match the %s. They do not belong together.", name)
	}
	return ok(claim, "It matches the %s.", name)
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
		return failed("sub", "The subject is missing, or is longer than 255 characters.")
	}
	return ok("sub", "You are the subject %s at this provider.", sub)
}

func (c claimChecks) sid() check {
	if sid := c.text("sid"); sid != "" {
		return ok("sid", "Your session at the provider is %s. A logout token identifies the session by this value.", sid)
	}
	return skipped("sid", "Absent. The provider does not name your session.")
}

func base64URL(text string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(text) }
