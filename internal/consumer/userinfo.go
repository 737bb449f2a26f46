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
		c.problem(w, r, http.StatusBadRequest, ui.Text{"consumer.fault.form_large"})
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	answer, object, claims, fault := readJWT("userinfo", get("userinfo"))
	results := []check{fault}
	if object != nil {
		checks := claimChecks{claims: claims, now: c.Clock(), issuer: get("issuer"), clientID: get("client_id")}
		results = []check{
			c.checkSignature(r.Context(), "userinfo", object, get("jwks_uri")),
			checks.iss(), checks.userinfoAudience(), checks.userinfoExpiry(), checks.sameSubject(get("sub")),
		}
	}
	answer.show(w, c.pages.LanguageOf(r), results)
}

// userinfoAudience checks that the response is for this application. It can be for others
// too.
func (c claimChecks) userinfoAudience() check {
	switch aud := c.audience(); {
	case c.clientID == "":
		return skipped("aud", ui.Text{"consumer.check.userinfo_no_client", "audience", quoted(aud)})
	case !slices.Contains(aud, c.clientID):
		return failed("aud", ui.Text{"consumer.check.userinfo_aud_wrong", "audience", quoted(aud)})
	}
	return ok("aud", ui.Text{"consumer.check.userinfo_aud"})
}

// userinfoExpiry checks the time of expiry, which such a response can have.
func (c claimChecks) userinfoExpiry() check {
	if _, given := c.claims["exp"]; !given {
		return skipped("exp", ui.Text{"consumer.check.userinfo_no_exp"})
	}
	if at, is := c.at("exp"); !is || !c.now.Before(at.Add(clockSkew)) {
		return failed("exp", ui.Text{"consumer.check.userinfo_expired"})
	}
	return ok("exp", ui.Text{"consumer.check.userinfo_exp"})
}

// sameSubject checks that the response is about the subject of the ID token.
func (c claimChecks) sameSubject(subject string) check {
	switch sub := c.text("sub"); {
	case sub == "":
		return failed("sub", ui.Text{"consumer.check.no_sub"})
	case subject == "":
		return skipped("sub", ui.Text{"consumer.check.sub_unknown", "subject", sub})
	case sub != subject:
		return failed("sub", ui.Text{"consumer.check.sub_other", "subject", sub, "expected", subject})
	}
	return ok("sub", ui.Text{"consumer.check.sub_same"})
}
