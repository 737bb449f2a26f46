// Package connectguard guards services of connectrpc.com with access tokens. Clients send
// a token in the Authorization header, as "Bearer TOKEN".
//
//	guard := &connectguard.Guard{
//		Guard: &resource.Guard{Verifier: verifier},
//		Policies: map[string]resource.Policy{
//			"/notes.Notes/List": {Scopes: []string{"read"}},
//			"/notes.Notes/":     {Scopes: []string{"write"}}, // all other procedures of the service
//		},
//	}
//	mux.Handle(notesconnect.NewNotesHandler(service, connect.WithInterceptors(guard)))
//
// Methods find the token with resource.FromContext. The package is a separate module, so
// that programs without connectrpc do not depend on it. The middleware of a
// resource.Guard can also wrap a connectrpc handler. Its errors are then HTTP responses,
// and clients report them without their text.
package connectguard

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"connectrpc.com/connect"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// Guard is a connect.Interceptor for handlers. It does not change client calls. Guard and
// Policies are required. Calls of OnRefused are concurrent.
//
// The error of a call that is refused is a *connect.Error with the code of
// resource.RefusalKind.GRPCCode. Its metadata has the headers of resource.Refusal.Header,
// such as WWW-Authenticate.
type Guard struct {
	// Guard verifies tokens. Its Session, AuthenticateClient, AllowsOrigin,
	// InsecureAllowQuery and OnRefused are not used.
	Guard *resource.Guard
	// Policies are the policies of the procedures, such as "/notes.Notes/Add". "/notes.Notes/" is
	// the policy of all other procedures of the service. A procedure without a policy is refused
	// (unimplemented). The zero value of resource.Policy accepts every valid token.
	Policies map[string]resource.Policy
	// OnRefused, if set, is called for each call that is refused. The error is one of
	// those listed at resource.Guard.OnRefused. If OnRefused is
	// nil, only procedures without a policy and the reasons why a token could not be verified are
	// logged, with slog.Default.
	OnRefused func(ctx context.Context, procedure string, err error)
}

// WrapUnary returns next with a guard for unary calls.
func (g *Guard) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
		if request.Spec().IsClient {
			return next(ctx, request)
		}
		ctx, err := g.check(ctx, request.Spec().Procedure, request.Header())
		if err != nil {
			return nil, err
		}
		return next(ctx, request)
	}
}

// WrapStreamingClient returns next: the calls of a client are not guarded.
func (g *Guard) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// WrapStreamingHandler returns next with a guard for streams. The token is checked when the stream begins, and not
// again when it expires.
func (g *Guard) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, stream connect.StreamingHandlerConn) error {
		ctx, err := g.check(ctx, stream.Spec().Procedure, stream.RequestHeader())
		if err != nil {
			return err
		}
		return next(ctx, stream)
	}
}

// check returns a context with the token of a call, or the refusal as a *connect.Error with
// the headers of the refusal.
func (g *Guard) check(ctx context.Context, procedure string, header http.Header) (context.Context, error) {
	ctx, refusal := g.Guard.CheckCall(ctx, procedure, header.Values("Authorization"), g.Policies, g.OnRefused)
	if refusal == nil {
		return ctx, nil
	}
	err := connect.NewError(connect.Code(refusal.Kind.GRPCCode()), errors.New(refusal.Text)) // the details of Err are not for the client
	maps.Copy(err.Meta(), refusal.Header())
	return nil, err
}
