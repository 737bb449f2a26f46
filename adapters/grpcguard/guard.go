// Package grpcguard guards gRPC services with access tokens. Clients send a token in the
// metadata authorization, as "Bearer TOKEN".
//
//	guard := &grpcguard.Guard{
//		Guard: &resource.Guard{Verifier: verifier},
//		Policies: map[string]resource.Policy{
//			"/notes.Notes/List": {Scopes: []string{"read"}},
//			"/notes.Notes/":     {Scopes: []string{"write"}}, // all other methods of the service
//		},
//	}
//	server := grpc.NewServer(grpc.UnaryInterceptor(guard.Unary), grpc.StreamInterceptor(guard.Stream))
//
// Methods find the token with resource.FromContext. The package is a separate module, so
// that programs without gRPC do not depend on it.
package grpcguard

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-e6a88a41/latchkey/resource"
)

// Guard guards the methods of a gRPC server. Guard and Policies are required. Calls of
// OnRefused are concurrent.
//
// The status of a call that is refused has the code of resource.RefusalKind.GRPCCode. Its
// trailer has the headers of resource.Refusal.Header, such as www-authenticate.
type Guard struct {
	// Guard verifies tokens. Its Session, AuthenticateClient, AllowsOrigin,
	// InsecureAllowQuery and OnRefused are not used.
	Guard *resource.Guard
	// Policies are the policies of the methods, such as "/notes.Notes/Add". "/notes.Notes/" is
	// the policy of all other methods of the service. A method without a policy is refused
	// (UNIMPLEMENTED). The zero value of resource.Policy accepts every valid token.
	Policies map[string]resource.Policy
	// OnRefused, if set, is called for each call that is refused. The error is one of
	// those listed at resource.Guard.OnRefused. If OnRefused is
	// nil, only methods without a policy and the reasons why a token could not be verified are
	// logged, with slog.Default.
	OnRefused func(ctx context.Context, method string, err error)
}

// Unary is a grpc.UnaryServerInterceptor, for grpc.UnaryInterceptor.
func (g *Guard) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	authorized, trailer, err := g.check(ctx, info.FullMethod)
	if err != nil {
		_ = grpc.SetTrailer(ctx, trailer) // fails only outside of a call
		return nil, err
	}
	return next(authorized, request)
}

// Stream is a grpc.StreamServerInterceptor, for grpc.StreamInterceptor. The token is checked when the stream begins,
// and not again when it expires.
func (g *Guard) Stream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	ctx, trailer, err := g.check(stream.Context(), info.FullMethod)
	if err != nil {
		stream.SetTrailer(trailer)
		return err
	}
	return next(server, authorized{stream, ctx})
}

// authorized is a stream whose context has the token.
type authorized struct {
	grpc.ServerStream
	ctx context.Context
}

func (a authorized) Context() context.Context { return a.ctx }

// check returns a context with the token of a call, or the status of the refusal and its
// trailer, whose keys are the names of HTTP headers.
func (g *Guard) check(ctx context.Context, method string) (context.Context, metadata.MD, error) {
	ctx, refusal := g.Guard.CheckCall(ctx, method, metadata.ValueFromIncomingContext(ctx, "authorization"), g.Policies, g.OnRefused)
	if refusal == nil {
		return ctx, nil, nil
	}
	trailer := metadata.MD{}
	for name, values := range refusal.Header() {
		trailer.Set(name, values...)
	}
	return nil, trailer, status.Error(codes.Code(refusal.Kind.GRPCCode()), refusal.Text) // the details of Err are not for the client
}
