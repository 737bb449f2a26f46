package resource

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

// Check returns the token of a request if the policy accepts it, and otherwise a
// *Refusal. It is Require for other transports than net/http, such as gRPC, and does
// not use Session, AuthenticateClient, AllowsOrigin, InsecureAllowQuery and OnRefused. authorization has the
// values of the Authorization header. The token is nil if the request has none, and
// Policy.Optional is set. If the Verifier or a function of the Guard panics, the Refusal is of the kind
// RefusedFault, and its error has the stack.
func (g *Guard) Check(ctx context.Context, authorization []string, p Policy) (*Token, error) {
	token, refusal := g.check(ctx, authorization, &p)
	if refusal != nil {
		return nil, refusal
	}
	return token, nil
}

// CheckCall is Check for the interceptors of RPC libraries. It returns a context in which
// FromContext finds the token, or the refusal. The policies are those of the procedures, such as
// "/notes.Notes/Add"; "/notes.Notes/" is for all other procedures of the service. A procedure
// without a policy is refused. The error of a refusal is passed to
// onRefused, with the name of the procedure. If onRefused is nil, only procedures without a policy and
// the reasons why a token could not be verified are logged, with slog.Default.
func (g *Guard) CheckCall(ctx context.Context, procedure string, authorization []string, policies map[string]Policy, onRefused func(ctx context.Context, procedure string, err error)) (context.Context, *Refusal) {
	var token *Token
	refusal := unlisted()
	if p, ok := policyOf(procedure, policies); ok {
		token, refusal = g.check(ctx, authorization, &p)
	}
	switch {
	case refusal != nil && onRefused != nil:
		func() {
			defer logPanic(ctx, "onRefused")
			onRefused(ctx, procedure, refusal.Err)
		}()
	case refusal != nil && refusal.Kind == RefusedUnlisted:
		slog.ErrorContext(ctx, "a call is refused, because the API has no policy for the procedure", "procedure", procedure)
	case refusal != nil && refusal.Kind.Status() >= http.StatusInternalServerError && ctx.Err() == nil:
		slog.ErrorContext(ctx, "access token cannot be verified", "procedure", procedure, "error", refusal.Err)
	}
	if refusal != nil {
		return nil, refusal
	}
	if token != nil {
		ctx = NewContext(ctx, token)
	}
	return ctx, nil
}

// policyOf returns the policy of a procedure or of its service.
func policyOf(procedure string, policies map[string]Policy) (Policy, bool) {
	if p, ok := policies[procedure]; ok {
		return p, true
	}
	p, ok := policies[procedure[:strings.LastIndexByte(procedure, '/')+1]]
	return p, ok
}

// unlisted returns the refusal of a procedure that has no policy.
func unlisted() *Refusal {
	return &Refusal{Kind: RefusedUnlisted, Text: "The API does not allow calls of this method.", Err: ErrUnlisted}
}

func (g *Guard) check(ctx context.Context, authorization []string, p *Policy) (*Token, *Refusal) {
	g.mustExist()
	if err := g.fault(); err != nil { // a mistake of the program, as in Require
		panic(err.Error())
	}
	if err := p.valueFault(); err != nil {
		return nil, g.invalid(err, p)
	}
	g.noteScopes(ctx, p)
	text, refusal := g.bearer(authorization, p)
	switch {
	case refusal == nil:
		return g.acceptCall(ctx, text, p)
	case p.Optional && errors.Is(refusal, ErrNoToken):
		return nil, nil
	}
	return nil, refusal
}

// acceptCall is accept for transports that do not recover from panics, such as gRPC: a call is
// refused if the Verifier or another function of the program panics.
func (g *Guard) acceptCall(ctx context.Context, text string, p *Policy) (_ *Token, refusal *Refusal) {
	var err error
	defer func() {
		if err != nil {
			refusal = g.invalid(err, p)
		}
	}()
	defer recovered(&err, "Guard", text)
	return g.accept(ctx, text, p, nil)
}

// bearer returns the token in the Authorization header (RFC 6750 §2.1).
func (g *Guard) bearer(authorization []string, p *Policy) (string, *Refusal) {
	if len(authorization) > 1 { // a proxy could check one, and the API another
		return "", &Refusal{
			Kind: RefusedRequest, Text: "The request has more than one Authorization header.", Err: ErrSeveralTokens,
			Challenge: g.challenge("invalid_request", "The request has more than one Authorization header.", p.requested()),
		}
	}
	header := strings.Join(authorization, "")
	scheme, text, found := strings.Cut(header, " ")
	text = strings.TrimSpace(text)
	switch {
	case header == "":
		return "", g.missing(p)
	case !found || !strings.EqualFold(scheme, "Bearer") || text == "":
		return "", g.unusable(p, otherHeader)
	}
	return text, nil
}

// accept returns the token with this text, if it is valid and the policy accepts it. The
// function further, unless it is nil, is one more check of a valid token.
func (g *Guard) accept(ctx context.Context, text string, p *Policy, further func(*Token) error) (*Token, *Refusal) {
	token, err := g.verify(ctx, text)
	if err == nil && further != nil {
		err = further(token)
	}
	return g.admit(ctx, token, err, p)
}

// admit returns the token if there is no error and the policy accepts it.
func (g *Guard) admit(ctx context.Context, token *Token, err error, p *Policy) (*Token, *Refusal) {
	if err == nil {
		err = p.checkCaller(token)
	}
	if err != nil {
		return nil, g.invalid(err, p)
	}
	if scope, lacking := p.missing(token); lacking {
		return nil, g.lacking(token, scope, p)
	}
	if err := p.checkLogin(token, g.now()); err != nil {
		return nil, g.stepUp(err, p)
	}
	if g.Limit != nil {
		if wait := g.Limit(ctx, token); wait > 0 {
			return nil, tooMany(&LimitError{Token: token, RetryAfter: wait})
		}
	}
	return token, nil
}

// maxTokenLength is the length of the longest token, in bytes.
const maxTokenLength = 16 << 10

// verify returns the valid token with this text.
func (g *Guard) verify(ctx context.Context, text string) (*Token, error) {
	if len(text) > maxTokenLength || strings.ContainsFunc(text, func(r rune) bool { return r <= 0x20 || r > 0x7e }) {
		return nil, invalid(Malformed, "it is too long, or contains characters that are not allowed in tokens")
	}
	token, err := g.Verifier.Verify(ctx, text)
	switch {
	case err != nil:
		return nil, err
	case token == nil:
		return nil, errors.New("resource: the Verifier returned neither a token nor an error")
	case g.Metadata != nil && !isFor(token.Audience, g.Metadata.Resource):
		return nil, invalid(WrongAudience, "its aud is %q, want %q", token.Audience, g.Metadata.Resource)
	case token.Actor != nil && g.AllowsActor != nil && !g.AllowsActor(ctx, token):
		return nil, invalid(WrongActor, "its actor is %q of %q", token.Actor.Subject, token.Actor.Issuer)
	}
	return token, nil
}
