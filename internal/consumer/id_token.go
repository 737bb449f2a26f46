package consumer

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// check is the result of one check of an ID token.
type check struct {
	Name  string // a claim, "Signature" or "Format"
	State string // "ok", "failed" or "skipped"
	Text  ui.Text
}

// shownCheck is a check in the language of the person.
type shownCheck struct {
	ID    string `json:"id"` // the Name of the check
	Name  string `json:"name"`
	State string `json:"state"`
	Text  string `json:"text"`
}

// show adds the checks to the answer, and writes it.
func (a idTokenAnswer) show(w http.ResponseWriter, l *ui.Language, checks []check) {
	for _, c := range checks {
		shown := shownCheck{c.Name, c.Name, c.State, l.Plain(c.Text)}
		switch c.Name {
		case "Signature":
			shown.Name = l.Plain(ui.Text{"consumer.check.signature_name"})
		case "Format":
			shown.Name = l.Plain(ui.Text{"consumer.check.format_name"})
		}
		a.Checks = append(a.Checks, shown)
	}
	writeJSON(w, http.StatusOK, a)
}

// idTokenAnswer is the response to the script of the page: the parts of the ID token,
// and the results of all checks.
type idTokenAnswer struct {
	Header json.RawMessage `json:"header,omitempty"`
	Claims json.RawMessage `json:"claims,omitempty"`
	Checks []shownCheck    `json:"checks"`
}

// idTokenAlgorithms are the signature algorithms of ID tokens that can be read.
var idTokenAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	jose.HS256, jose.HS384, jose.HS512,
}

// checkIDToken checks an ID token as a client must (OpenID Connect Core §3.1.3.7).
func (c *consumer) checkIDToken(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.problem(w, r, http.StatusBadRequest, ui.Text{"consumer.fault.form_large"})
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	answer, object, claims, fault := readJWT("id_token", get("id_token"))
	if object == nil {
		answer.show(w, c.pages.LanguageOf(r), []check{fault})
		return
	}
	header := object.Signatures[0].Protected
	checks := append([]check{c.checkSignature(r.Context(), "id_token", object, get("jwks_uri"))}, claimChecks{
		claims: claims, algorithm: header.Algorithm, now: c.Clock(), issuer: get("issuer"), clientID: get("client_id"),
		nonce: get("nonce"), refreshed: get("refreshed") != "", accessToken: get("access_token"), code: get("code"),
	}.all()...)
	answer.show(w, c.pages.LanguageOf(r), checks)
}

// jwtName returns what the page calls a JWT of which kind is "id_token" or "userinfo".
func jwtName(kind string) ui.Text {
	if kind == "id_token" {
		return ui.Text{"consumer.check.id_token"}
	}
	return ui.Text{"consumer.check.userinfo"}
}

// readJWT reads a signed JWT. If it cannot be read, the object is nil, and the check has
// failed.
func readJWT(kind, text string) (answer idTokenAnswer, object *jose.JSONWebSignature, claims map[string]any, fault check) {
	object, err := jose.ParseSignedCompact(text, idTokenAlgorithms)
	if err != nil {
		reason := ui.Text{"consumer.check.unsigned", "jwt", jwtName(kind)}
		if strings.Count(text, ".") == 4 {
			reason = ui.Text{"consumer.check.encrypted", "jwt", jwtName(kind), "member", kind + "_encrypted_response_alg"}
		}
		return answer, nil, nil, check{"Format", "failed", reason}
	}
	answer.Claims = object.UnsafePayloadWithoutVerification()
	if raw, err := base64URL(strings.SplitN(text, ".", 2)[0]); err == nil && json.Valid(raw) {
		answer.Header = raw
	}
	if err := json.Unmarshal(answer.Claims, &claims); err != nil || claims == nil {
		return idTokenAnswer{Header: answer.Header}, nil, nil, check{"Format", "failed", ui.Text{"consumer.check.payload", "jwt", jwtName(kind)}}
	}
	return answer, object, claims, fault
}

// checkSignature checks the signature of a JWT with a key of the provider.
func (c *consumer) checkSignature(ctx context.Context, kind string, object *jose.JSONWebSignature, jwksURI string) check {
	header := object.Signatures[0].Protected
	result := func(state string, text ui.Text) check { return check{"Signature", state, text} }
	if strings.HasPrefix(header.Algorithm, "HS") {
		return result("skipped", ui.Text{"consumer.check.hmac", "jwt", jwtName(kind), "algorithm", header.Algorithm})
	}
	if jwksURI == "" {
		return result("skipped", ui.Text{"consumer.check.no_keys"})
	}
	body, err := c.get(ctx, jwksURI)
	if err != nil {
		return result("failed", ui.Text{"consumer.check.keys", "reason", reason(err)})
	}
	set := new(jose.JSONWebKeySet)
	if err := json.Unmarshal(body, set); err != nil {
		return result("failed", ui.Text{"consumer.check.not_keys", "address", jwksURI})
	}
	candidates := 0
	for _, key := range set.Keys {
		if key.Use == "enc" || (header.KeyID != "" && key.KeyID != header.KeyID) || (key.Algorithm != "" && key.Algorithm != header.Algorithm) || !key.IsPublic() {
			continue
		}
		candidates++
		if _, err := object.Verify(key); err == nil {
			return result("ok", ui.Text{"consumer.check.signature", "algorithm", header.Algorithm, "kid", key.KeyID, "address", jwksURI})
		}
	}
	if candidates == 0 {
		return result("failed", ui.Text{"consumer.check.no_key", "address", jwksURI, "kid", quoted(header.KeyID), "algorithm", header.Algorithm})
	}
	return result("failed", ui.Text{"consumer.check.wrong_signature", "jwt", jwtName(kind)})
}
