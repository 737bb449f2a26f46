package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// check is the result of one check of an ID token.
type check struct {
	Name  string `json:"name"`
	State string `json:"state"` // "ok", "failed" or "skipped"
	Text  string `json:"text"`
}

// idTokenAnswer is the response to the script of the page: the parts of the ID token,
// and the results of all checks.
type idTokenAnswer struct {
	Header json.RawMessage `json:"header,omitempty"`
	Claims json.RawMessage `json:"claims,omitempty"`
	Checks []check         `json:"checks"`
}

// idTokenAlgorithms are the signature algorithms of ID tokens that can be read.
var idTokenAlgorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	jose.HS256, jose.HS384, jose.HS512,
}

// checkIDToken checks an ID token as a client must (OpenID Connect Core §3.1.3.7).
func (c *consumer) checkIDToken(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		writeJSON(w, http.StatusBadRequest, problem{"The form could not be read. It may be too large."})
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	answer, object, claims := readJWT("ID token", get("id_token"))
	if object == nil {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	header := object.Signatures[0].Protected
	answer.Checks = append([]check{c.checkSignature(r.Context(), "ID token", object, get("jwks_uri"))}, claimChecks{
		claims: claims, algorithm: header.Algorithm, now: c.Clock(), issuer: get("issuer"), clientID: get("client_id"),
		nonce: get("nonce"), refreshed: get("refreshed") != "", accessToken: get("access_token"), code: get("code"),
	}.all()...)
	writeJSON(w, http.StatusOK, answer)
}

// readJWT reads a signed JWT, of which name is the name on the page. If it cannot be read,
// the object is nil, and the answer has a failed check.
func readJWT(name, text string) (answer idTokenAnswer, object *jose.JSONWebSignature, claims map[string]any) {
	object, err := jose.ParseSignedCompact(text, idTokenAlgorithms)
	if err != nil {
		reason := "The " + name + " is not a JWT that is signed with a known algorithm. The algorithm none is not accepted."
		if strings.Count(text, ".") == 4 {
			member := map[bool]string{true: "id_token", false: "userinfo"}[name == "ID token"]
			reason = "The " + name + " is encrypted, and this application has no key to decrypt it. Register the application without " + member + "_encrypted_response_alg."
		}
		return idTokenAnswer{Checks: []check{{"Format", "failed", reason}}}, nil, nil
	}
	answer.Claims = object.UnsafePayloadWithoutVerification()
	if raw, err := base64URL(strings.SplitN(text, ".", 2)[0]); err == nil && json.Valid(raw) {
		answer.Header = raw
	}
	if err := json.Unmarshal(answer.Claims, &claims); err != nil || claims == nil {
		return idTokenAnswer{Header: answer.Header, Checks: []check{{"Format", "failed", "The payload of the " + name + " is not a JSON object."}}}, nil, nil
	}
	return answer, object, claims
}

// checkSignature checks the signature with a key of the provider. name is the name of the
// JWT on the page.
func (c *consumer) checkSignature(ctx context.Context, name string, object *jose.JSONWebSignature, jwksURI string) check {
	header := object.Signatures[0].Protected
	result := func(state, format string, values ...any) check {
		return check{"Signature", state, fmt.Sprintf(format, values...)}
	}
	if strings.HasPrefix(header.Algorithm, "HS") {
		return result("skipped", "The %s is signed with the client secret (%s), which this page does not have. Anyone who has the secret can create such tokens. Choose RS256 or ES256 for the application.", name, header.Algorithm)
	}
	if jwksURI == "" {
		return result("skipped", "The address of the provider's keys (jwks_uri) is not known. Enter it, and check again.")
	}
	body, err := c.get(ctx, jwksURI)
	if err != nil {
		return result("failed", "The keys of the provider cannot be read: %v.", err)
	}
	set := new(jose.JSONWebKeySet)
	if err := json.Unmarshal(body, set); err != nil {
		return result("failed", "The response from %s is not a key set.", jwksURI)
	}
	candidates := 0
	for _, key := range set.Keys {
		if key.Use == "enc" || (header.KeyID != "" && key.KeyID != header.KeyID) || (key.Algorithm != "" && key.Algorithm != header.Algorithm) || !key.IsPublic() {
			continue
		}
		candidates++
		if _, err := object.Verify(key); err == nil {
			return result("ok", "%s, with the key %s from %s.", header.Algorithm, key.KeyID, jwksURI)
		}
	}
	if candidates == 0 {
		return result("failed", "The key set at %s has no key for the kid %q and the algorithm %s.", jwksURI, header.KeyID, header.Algorithm)
	}
	return result("failed", "The signature is wrong: the %s was changed, or was not signed by this provider. Do not use it.", name)
}
