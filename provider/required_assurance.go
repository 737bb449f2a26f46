package provider

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// recentLogin is how long after a login a person only needs the second factor to raise its
// assurance. After that, they also need the first one again.
const recentLogin = 5 * time.Minute

// assuranceStep returns what is needed until the login of a person with an account is
// reliable enough, and then StepDone. r is nil for a page that is not for an authorization
// request.
func (s *Provider) assuranceStep(r *AuthorizationRequest, who oauth.Authentication) Step {
	if who.Assurance == nil {
		return StepDone
	}
	need := 0
	if r != nil {
		need = s.requestedLevel(r)
	}
	if s.demandsTwo(r, *who.Assurance) && !who.Assurance.Remembered {
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

// demandsTwo reports whether an administrator requires two factors: of the person, for the
// client, or for one of the requested scopes.
func (s *Provider) demandsTwo(r *AuthorizationRequest, a oauth.Assurance) bool {
	if s.SecondFactorRequired(a.Admin) {
		return true
	}
	return r != nil && s.clientDemandsTwo(r.Client, r.RequestedScopes())
}

func (s *Provider) clientDemandsTwo(c *oauth.Client, scopes oauth.Scopes) bool {
	return c.RequireSecondFactor || slices.ContainsFunc(scopes, func(name string) bool {
		info, _ := s.Scope(name)
		return info.SecondFactor
	})
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
