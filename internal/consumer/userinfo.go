package consumer

import (
	"net/http"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// checkUserinfo checks a userinfo response that is a JWT (OpenID Connect Core §5.3.2 and
// §5.3.4), as checkIDToken checks an ID token.
func (c *consumer) checkUserinfo(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		writeJSON(w, http.StatusBadRequest, problem{"The form could not be read. It may be too large."})
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	answer, object, claims := readJWT("userinfo response", get("userinfo"))
	if object != nil {
		checks := claimChecks{claims: claims, now: c.Clock(), issuer: get("issuer"), clientID: get("client_id")}
		answer.Checks = []check{
			c.checkSignature(r.Context(), "userinfo response", object, get("jwks_uri")),
			checks.iss(), checks.userinfoAudience(), checks.userinfoExpiry(), checks.sameSubject(get("sub")),
		}
	}
	writeJSON(w, http.StatusOK, answer)
}

// userinfoAudience checks that the response is for this application. It can be for others
// too.
func (c claimChecks) userinfoAudience() check {
	switch aud := c.audience(); {
	case c.clientID == "":
		return skipped("aud", "The client ID is not known. Enter it to compare the audience %q.", aud)
	case !slices.Contains(aud, c.clientID):
		return failed("aud", "The audience is %q, which does not contain the client ID of this application.", aud)
	}
	return ok("aud", "The audience contains this application.")
}

// userinfoExpiry checks the time of expiry, which such a response can have.
func (c claimChecks) userinfoExpiry() check {
	if _, given := c.claims["exp"]; !given {
		return skipped("exp", "Absent. The claims were current when the response was fetched.")
	}
	if at, is := c.at("exp"); !is || !c.now.Before(at.Add(clockSkew)) {
		return failed("exp", "The response has expired.")
	}
	return ok("exp", "The response has not expired.")
}

// sameSubject checks that the response is about the subject of the ID token.
func (c claimChecks) sameSubject(subject string) check {
	switch sub := c.text("sub"); {
	case sub == "":
		return failed("sub", "There is no subject.")
	case subject == "":
		return skipped("sub", "The subject is %s. There is no ID token to compare it with.", sub)
	case sub != subject:
		return failed("sub", "The subject is %s, but the subject of the ID token is %s. An application must not use these claims.", sub, subject)
	}
	return ok("sub", "The subject matches the ID token.")
}
