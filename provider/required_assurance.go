package provider

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// assuranceStep returns what is needed until the login of a person is reliable enough, and
// then StepDone. r is nil for a page that is not for an authorization request.
func (s *Provider) assuranceStep(r *AuthorizationRequest, who oauth.Authentication) Step {
	if who.Assurance == nil {
		return s.hostAssuranceStep(r, who)
	}
	need := 0
	if r != nil {
		need = s.requestedLevel(r)
	}
	if s.demandsTwo(r, *who.Assurance) {
		need = max(need, oauth.AssuranceTwoFactors)
	}
	switch {
	case who.Assurance.Level >= need:
		return StepDone
	case who.Assurance.Reachable < need:
		return StepAddFactor
	case s.now().Sub(who.AuthTime) >= recentLogin:
		return StepLogin
	}
	return StepSecondFactor
}

// hostAssuranceStep is assuranceStep for a person of the host program, who has no account.
// If the login has none of the acr_values that the host can reach, the person is sent to its
// login page once. The parameter is voluntary (OpenID Connect Core §5.5.1.1, RFC 9470 §5):
// if they return with the same acr, the request continues.
func (s *Provider) hostAssuranceStep(r *AuthorizationRequest, who oauth.Authentication) Step {
	if r == nil || r.Sent.wasForACR() {
		return StepDone
	}
	wanted := r.WantedACRs()
	reachable := slices.ContainsFunc(wanted, func(acr string) bool { return slices.Contains(s.ACRValues, acr) })
	if !reachable || slices.Contains(wanted, who.ACR) {
		return StepDone
	}
	return StepLogin
}

// demandsTwo reports whether two factors are required: of the person by the settings, or
// for the client or one of the requested scopes. A remembered browser satisfies only the
// settings. An application gets tokens that say how the person logged in, so a requirement
// for it needs a second factor that was really used.
func (s *Provider) demandsTwo(r *AuthorizationRequest, a oauth.Assurance) bool {
	if s.SecondFactorRequired(a.Admin) && !a.Remembered {
		return true
	}
	return r != nil && s.clientDemandsTwo(r.Client, r.RequestedScopes())
}

// clientDemandsTwo reports whether two factors are required for the client, or for one of
// the scopes.
func (s *Provider) clientDemandsTwo(c *oauth.Client, scopes oauth.Scopes) bool {
	return s.OwnLogin && (c.RequireSecondFactor || slices.ContainsFunc(scopes, s.catalog().demandsTwo))
}

// mayDemandTwo reports whether two factors are required for some request of the client.
func (s *Provider) mayDemandTwo(c *oauth.Client) bool {
	return s.OwnLogin && (c.RequireSecondFactor || slices.ContainsFunc(s.catalog().secondFactor, c.MayHave))
}

// checkAssurance rejects a token request for a person whose login had one factor, if the
// client or the scope requires two. It is the only check of the token endpoint: it applies
// to every grant, and so to a requirement that is newer than the permission. A client that
// acts for itself is not a person.
func (s *Provider) checkAssurance(grant grant, req *tokenRequest, award *award, p oauth.Permission) error {
	_, itself := grant.(clientCredentialsGrant)
	if itself || p.Subject == "" || !s.clientDemandsTwo(req.Client, p.Scope) || s.usedTwo(p.Details) {
		return nil
	}
	switch {
	case award.exchange != nil && award.Permission == nil:
		e := oauth.Errorf(oauth.CodeInsufficientAuthentication, "The application or the scope requires a second factor, which the person did not use in the login of the subject_token. "+
			"Send the person to the authorization endpoint with these acr_values, and exchange a token of that login.").WithReason("second_factor")
		e.ACRValues = strings.Join(s.ACRValues[oauth.AssuranceTwoFactors-1:], " ")
		return e
	case award.exchange != nil:
		return oauth.Errorf(oauth.CodeInvalidRequest, "The application or the scope requires a second factor of people who log in here, and the person of the subject_token has logged in at another server. "+
			"The application must use the authorization code grant.").WithReason("second_factor")
	case award.Ticket != nil || award.Refresh != nil:
		return oauth.Errorf(oauth.CodeInvalidGrant, "The application or the scope requires a second factor, which the person did not use. The person has to log in again.").WithReason("second_factor")
	}
	return oauth.Errorf(oauth.CodeInvalidGrant, "The application or the scope requires a second factor, so the application must use the authorization code grant.").WithReason("second_factor")
}

// usedTwo reports whether the login of a permission had two factors. The acr can be a lower
// one than that of the login; see reportedACR.
func (s *Provider) usedTwo(d oauth.Details) bool {
	return slices.Index(s.ACRValues, d.ACR)+1 >= oauth.AssuranceTwoFactors || slices.Contains(d.AMR, "mfa")
}

// requestedLevel returns the level that the request requires, or 0: the lowest one that it
// accepts. An acr that the server does not know is ignored in acr_values, and was rejected
// in the claims parameter.
func (s *Provider) requestedLevel(r *AuthorizationRequest) int {
	level := 1 + slices.IndexFunc(s.ACRValues, func(acr string) bool { return slices.Contains(r.ACRValues, acr) })
	if acr := r.Claims.EssentialACR(); acr != nil {
		level = max(level, 1+slices.IndexFunc(s.ACRValues, acr.Accepts))
	}
	return level
}

// NeedsPasskey reports whether the request accepts only a phishing-resistant login.
func (s *Provider) NeedsPasskey(r *AuthorizationRequest) bool {
	return s.requestedLevel(r) > oauth.AssuranceTwoFactors
}

// reportedACR returns the acr of a login for a client: of the values that the login
// includes, the one that the client prefers (OpenID Connect Core §5.5.1.1), or that of the
// login.
func (s *Provider) reportedACR(r *AuthorizationRequest, who oauth.Authentication) string {
	if who.Assurance == nil {
		return who.ACR
	}
	for _, acr := range r.WantedACRs() {
		if level := 1 + slices.Index(s.ACRValues, acr); level > 0 && level <= who.Assurance.Level {
			return acr
		}
	}
	return who.ACR
}

// PageStep returns what a person needs for a page that is not for an authorization request,
// such as the back office: StepLogin, StepSecondFactor, StepAddFactor or StepDone.
func (s *Provider) PageStep(who *oauth.Authentication) Step {
	if who == nil {
		return StepLogin
	}
	return s.assuranceStep(nil, *who)
}
