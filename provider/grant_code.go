package provider

import (
	"cmp"
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// codeGrant is the authorization code grant (RFC 6749 §4.1.3) with PKCE
// (RFC 7636 §4.5).
type codeGrant struct{}

func (codeGrant) Type() string { return oauth.GrantAuthorizationCode }

func (codeGrant) Params() []string { return []string{"code", "code_verifier"} }

func (codeGrant) Decide(_ context.Context, _ oauth.Reader, req *TokenRequest) (*Award, error) {
	code := req.Params.Get("code")
	if code == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter code is missing.")
	}
	token, ok := oauth.ParseToken(code, oauth.KindCode)
	if !ok {
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "This is not an authorization code of this server.").WithReason("unknown")
	}
	use := &CodeUse{Token: token, RedirectURI: req.Params.Get("redirect_uri")}
	if verifier := req.Params.Get("code_verifier"); verifier != "" {
		if !validVerifier(verifier) {
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1).")
		}
		use.Challenge = challengeS256(verifier)
	}
	return &Award{Code: use}, nil
}

// refuseCode says why a code was not spent. The order is the security
// argument: who cannot show the code, or is another client, or lacks the
// redirect URI or the verifier, learns nothing of the code's life and ends
// nothing; only then does a second use count as a replay.
func (s *Provider) refuseCode(ctx context.Context, r oauth.Redemption, got oauth.Redeemed) error {
	code := got.Code
	switch {
	case !code.Hash.Equal(r.Hash):
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code is unknown.").WithReason("unknown").WithDetail("wrong secret for code %s", code.ID)
	case code.ClientID != r.ClientID:
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code was issued to another application.").WithReason("foreign").
			WithDetail("code %s belongs to %s, presented by %s", code.ID, code.ClientID, r.ClientID)
	case code.RedirectURI != r.RedirectURI && (!code.RedirectURIOmitted || r.RedirectURI != ""):
		return oauth.Errorf(oauth.CodeInvalidGrant, "The redirect_uri is not the one of the authorization request: send exactly the same again.").WithReason("wrong_redirect_uri").
			WithDetail("redirect_uri %q, want %q", r.RedirectURI, code.RedirectURI)
	case code.Challenge != "" && r.Challenge == "":
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code_verifier is missing: the authorization request had a code_challenge (RFC 7636 section 4.6).").WithReason("no_verifier")
	case code.Challenge == "" && r.Challenge != "":
		return oauth.Errorf(oauth.CodeInvalidGrant, "There is a code_verifier, but the authorization request had no code_challenge (RFC 9700 section 4.8).").WithReason("unwanted_verifier")
	case code.Challenge != r.Challenge:
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code_verifier does not match the code_challenge.").WithReason("wrong_verifier")
	case !code.UsedAt.IsZero():
		// With the access token that went through the browser, if one did.
		if err := s.endReused(ctx, oauth.GrantAuthorizationCode, code.ClientID, r.Now, code.ID, s.frontFamily(code.ID)); err != nil {
			return err
		}
		s.Logger.WarnContext(ctx, "authorization code replayed; what was issued from it has ended",
			"client_id", code.ClientID, "family", code.ID.String())
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code was used before. For safety, all that was issued from it is revoked: start again with a new authorization request.").WithReason("used_before")
	case !code.ExpiresAt.After(r.Now):
		return oauth.Errorf(oauth.CodeInvalidGrant, "The code has expired: it lives for %d seconds. Start again with a new authorization request.",
			int(code.ExpiresAt.Sub(code.IssuedAt).Seconds())).WithReason("expired")
	}
	why := cmp.Or(got.Standing.RevokedBecause(code.IssuedAt), "its login session has ended")
	return oauth.Errorf(oauth.CodeInvalidGrant, "The code is no longer good.").WithReason("revoked").WithDetail("code %s: %s", code.ID, why)
}
