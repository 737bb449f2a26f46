package provider

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// codeGrant is the authorization code grant (RFC 6749 §4.1.3) with PKCE
// (RFC 7636 §4.5).
type codeGrant struct{ s *Provider }

func (codeGrant) Type() string     { return oauth.GrantAuthorizationCode }
func (codeGrant) Params() []string { return []string{"code", "code_verifier"} }

func (g codeGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	code := req.Params.Get("code")
	if code == "" {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameter code is missing.")
	}
	token, ok := oauth.ParseToken(code, oauth.KindCode)
	if !ok {
		return nil, oauth.Errorf(oauth.CodeInvalidGrant, "This is not an authorization code of this server.").WithReason("unknown")
	}
	if verifier := req.Params.Get("code_verifier"); verifier != "" && !validVerifier(verifier) {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~ (RFC 7636 section 4.1).")
	}
	redirectURI, challenge := req.Params.Get("redirect_uri"), presentedChallenge(req)
	proofs := []oauth.Hash{codeProof(token.Hash(), req.Client.ID, redirectURI, challenge)}
	// If the authorization request omitted redirect_uri, the client may name the
	// URI that was used: its only registered one.
	if isOnlyRedirectURI(req.Client, redirectURI) {
		proofs = append(proofs, codeProof(token.Hash(), req.Client.ID, "", challenge))
	}
	award := &award{Ticket: &oauth.SpendRequest{Kind: ticketCode, ID: token.ID, Proofs: proofs}}
	if !g.s.readsPermission(req) {
		return award, nil
	}
	ticket, _, err := read.Ticket(ctx, ticketCode, token.ID)
	switch {
	case errors.Is(err, oauth.ErrNotFound):
		return award, nil // Refuse explains why it cannot be spent
	case err != nil:
		return nil, err
	case !slices.Contains(proofs, ticket.Proof) || !ticket.SpentAt.IsZero() || !ticket.ExpiresAt.After(req.Now):
		return award, nil // the same
	}
	award.Resources, err = g.s.narrow(req, ticket.Permission)
	return award, err
}

// isOnlyRedirectURI reports whether the URI is the only one that the client has
// registered.
func isOnlyRedirectURI(c *oauth.Client, uri string) bool {
	return len(c.RedirectURIs) == 1 && c.RedirectURIs[0] == uri
}

// presentedChallenge is the code_challenge that the code_verifier of the
// request belongs to, or "".
func presentedChallenge(req *tokenRequest) string {
	if verifier := req.Params.Get("code_verifier"); verifier != "" {
		return challengeS256(verifier)
	}
	return ""
}

// Refuse explains why a code was not spent. The order is the security argument:
// a caller that cannot present the code, or is another client, or lacks the
// redirect URI or the verifier, gets no information about the code and does not
// invalidate it. Only after these checks does a second use count as a replay.
func (g codeGrant) Refuse(req *tokenRequest, found oauth.SpendResult) verdict {
	ticket, body := found.Ticket, readCode(found.Ticket)
	token, _ := oauth.ParseToken(req.Params.Get("code"), oauth.KindCode) // Decide has parsed it
	redirectURI, challenge := req.Params.Get("redirect_uri"), presentedChallenge(req)
	refuse := func(reason, text string) *oauth.Error {
		return oauth.Errorf(oauth.CodeInvalidGrant, "%s", text).WithReason(reason)
	}
	switch {
	case ticket.ID.IsZero():
		return verdict{Err: refuse("unknown", "The code is unknown, or it expired long ago.")}
	case !ticket.Proof.Equal(codeProof(token.Hash(), ticket.ClientID, body.requestedURI(), body.Challenge)):
		return verdict{Err: refuse("unknown", "The code is unknown.").WithDetail("wrong secret for code %s", ticket.ID)}
	case ticket.ClientID != req.Client.ID:
		return verdict{Err: refuse("foreign", "The code was issued to another application.").
			WithDetail("code %s belongs to %s, presented by %s", ticket.ID, ticket.ClientID, req.Client.ID)}
	case redirectURI != body.RedirectURI && (!body.Omitted || redirectURI != "" && !isOnlyRedirectURI(req.Client, redirectURI)):
		return verdict{Err: refuse("wrong_redirect_uri", "The redirect_uri differs from that of the authorization request. Send exactly the same one again, or none if that request had none.").
			WithDetail("redirect_uri %q, want %q", redirectURI, body.RedirectURI)}
	case body.Challenge != "" && challenge == "":
		return verdict{Err: refuse("no_verifier", "The code_verifier is missing: the authorization request had a code_challenge (RFC 7636 section 4.6).")}
	case body.Challenge == "" && challenge != "":
		return verdict{Err: refuse("unwanted_verifier", "There is a code_verifier, but the authorization request had no code_challenge (RFC 9700 section 4.8).")}
	case body.Challenge != challenge:
		return verdict{Err: refuse("wrong_verifier", "The code_verifier does not match the code_challenge.")}
	case ticket.State == codeDenied:
		return verdict{Err: refuse("revoked", "The code was revoked. Start again with a new authorization request.").WithDetail("code %s: an administrator cancelled it", ticket.ID)}
	case !ticket.SpentAt.IsZero():
		return verdict{
			Err: refuse("used_before", "The code was used before. For safety, everything that was issued for it has been revoked. Start again with a new authorization request."),
			// And an access token that went through the browser together with the code.
			Revoke: append([]oauth.ID{ticket.ID}, frontFamilies(ticket)...),
		}
	case !ticket.ExpiresAt.After(req.Now):
		return verdict{Err: oauth.Errorf(oauth.CodeInvalidGrant, "The code has expired: it was valid for %d seconds. Start again with a new authorization request.",
			int(ticket.ExpiresAt.Sub(ticket.IssuedAt).Seconds())).WithReason("expired")}
	}
	if found.Standing.Disabled() != "" {
		return verdict{Err: errDisabled("code", found.Standing).WithDetail("code %s", ticket.ID)}
	}
	because := cmp.Or(found.Standing.RevokedBecause(ticket.IssuedAt), "its login session has ended, or its consent was withdrawn")
	return verdict{Err: refuse("revoked", "The code was revoked. Start again with a new authorization request.").WithDetail("code %s: %s", ticket.ID, because)}
}
