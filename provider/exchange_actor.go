package provider

import (
	"context"
	"errors"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// actorOf returns the chain of actors of an exchanged token (RFC 8693 §4.1). With
// an actor_token, its subject is the present actor, and otherwise the client. A
// client that may impersonate adds no actor, but keeps those of the subject_token.
func (s *Provider) actorOf(ctx context.Context, read oauth.Reader, req *tokenRequest, subject *exchangeSubject) (*oauth.Actor, error) {
	actor := &oauth.Actor{Subject: req.Client.ID}
	named := req.Params.Get("actor_token") != ""
	if named || req.Params.Get("actor_token_type") != "" {
		var err error
		if actor, err = s.namedActor(ctx, read, req); err != nil {
			return nil, err
		}
	}
	if f := subject.foreign; f != nil && !s.mayAct(f, *actor) {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The may_act claim of the subject_token does not allow this actor (RFC 8693 section 4.4).").WithReason("may_act")
	}
	if req.Client.ExchangeImpersonation && !named {
		return subject.act, nil
	}
	if actor.Act = subject.act; actor.Depth() > maxActors {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The subject_token already has %d actors, which is the maximum.", maxActors).WithReason("actors")
	}
	return actor, nil
}

// namedActor verifies the actor_token: an access token that this server issued to
// the client, or a JWT of a trusted issuer.
func (s *Provider) namedActor(ctx context.Context, read oauth.Reader, req *tokenRequest) (*oauth.Actor, error) {
	text, kind := req.Params.Get("actor_token"), req.Params.Get("actor_token_type")
	u := useExchange("actor_token")
	switch {
	case text == "" || kind == "":
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The parameters actor_token and actor_token_type must be sent together (RFC 8693 section 2.1).")
	case kind != tokenTypeAccess && kind != tokenTypeJWT && kind != tokenTypeID:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The actor_token_type '%s' is not supported; use %s, %s or %s.", kind, tokenTypeAccess, tokenTypeID, tokenTypeJWT)
	case s.isForeign(text):
		f, err := s.verifyForeign(ctx, u, text)
		if err != nil {
			return nil, err
		}
		if err := f.presentedBy(u, req.Client); err != nil {
			return nil, err
		}
		return &oauth.Actor{Subject: f.subject, Issuer: f.issuer.Issuer}, nil
	}
	token, standing, err := s.accessToken(ctx, text)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return nil, u.errorf("is not an access token of this server.").WithReason("unknown")
	case err != nil:
		return nil, err
	case !token.Valid(standing, req.Now):
		return nil, u.errorf("has expired or was revoked.").WithReason("revoked")
	case token.ClientID != req.Client.ID:
		return nil, u.errorf("was issued to another application.").WithReason("foreign")
	case token.FamilyID.IsZero():
		return &oauth.Actor{Subject: token.ClientID}, nil
	}
	family, _, err := read.Family(ctx, token.FamilyID)
	if errors.Is(err, oauth.ErrNotFound) {
		return nil, u.errorf("was revoked.").WithReason("revoked")
	}
	return &oauth.Actor{Subject: s.subject(req.Client, family.Subject)}, err
}

// mayAct reports whether the claim may_act of a foreign subject_token, if it has
// one, names the actor (RFC 8693 §4.4). Without an iss, its sub is an identifier of
// the issuer of the token, or the client_id of a client of this server.
func (s *Provider) mayAct(f *foreignJWT, actor oauth.Actor) bool {
	claim, given := f.claims["may_act"]
	if !given {
		return true
	}
	allowed, _ := claim.(map[string]any)
	subject, _ := allowed["sub"].(string)
	issuer, hasIssuer := allowed["iss"].(string)
	if subject == "" || subject != actor.Subject {
		return false
	}
	switch {
	case actor.Issuer == "":
		return !hasIssuer || issuer == s.Issuer
	case hasIssuer:
		return issuer == actor.Issuer
	}
	return actor.Issuer == f.issuer.Issuer
}
