package grpcguard_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-e6a88a41/latchkey/adapters/grpcguard"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// verifier has the tokens reader and writer.
type verifier struct{}

func (verifier) Verify(_ context.Context, token string) (*resource.Token, error) {
	switch token {
	case "reader", "writer", "busy":
		return &resource.Token{Subject: "ada", ClientID: token, Scope: map[string]string{"writer": "read write"}[token] + " read"}, nil
	case "down":
		return nil, errors.New("connection refused")
	}
	return nil, resource.ErrInvalidToken
}

// service returns the subject of the token in a message of the health service, which has
// a unary method and a streaming one.
type service struct {
	grpc_health_v1.UnimplementedHealthServer
	seen string
}

func (s *service) Check(ctx context.Context, _ *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	s.seen = subject(ctx)
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func (s *service) Watch(_ *grpc_health_v1.HealthCheckRequest, stream grpc.ServerStreamingServer[grpc_health_v1.HealthCheckResponse]) error {
	s.seen = subject(stream.Context())
	return stream.Send(&grpc_health_v1.HealthCheckResponse{})
}

func subject(ctx context.Context) string {
	token, ok := resource.FromContext(ctx)
	if !ok {
		return "nobody"
	}
	return token.Subject
}

// TestPanicOfAFunctionOfTheProgramRefusesTheCall, which has no valid token. In a server of gRPC, it
// would end the process.
func TestPanicOfAFunctionOfTheProgramRefusesTheCall(t *testing.T) {
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer reader"))
	mistake := func(*resource.Token) { panic("a mistake of the program") }
	for name, guard := range map[string]*grpcguard.Guard{
		"Limit": {
			Guard:    &resource.Guard{Verifier: verifier{}, Limit: func(_ context.Context, t *resource.Token) time.Duration { mistake(t); return 0 }},
			Policies: map[string]resource.Policy{"/notes.Notes/Add": {}},
		},
	} {
		served := false
		_, err := guard.Unary(ctx, nil, &grpc.UnaryServerInfo{FullMethod: "/notes.Notes/Add"}, func(context.Context, any) (any, error) { served = true; return nil, nil })
		if found := status.Convert(err); found.Code() != codes.Internal || strings.Contains(found.Message(), "mistake") || served {
			t.Errorf("%s: got %v, served: %v", name, err, served)
		}
	}
}

// TestCallsAreGuarded: unary calls and streams need a token with the scope of the method.
func TestCallsAreGuarded(t *testing.T) {
	var refused error
	guard := &grpcguard.Guard{
		Guard: &resource.Guard{Verifier: verifier{}, Limit: func(_ context.Context, t *resource.Token) time.Duration {
			return map[string]time.Duration{"busy": 1500 * time.Millisecond}[t.ClientID]
		}},
		Policies: map[string]resource.Policy{
			grpc_health_v1.Health_Check_FullMethodName: {Scopes: []string{"read"}, Optional: true},
			"/grpc.health.v1.Health/":                  {Scopes: []string{"write"}},
		},
		OnRefused: func(_ context.Context, method string, err error) { refused = errors.Join(errors.New(method), err) },
	}
	server, impl := grpc.NewServer(grpc.UnaryInterceptor(guard.Unary), grpc.StreamInterceptor(guard.Stream)), new(service)
	grpc_health_v1.RegisterHealthServer(server, impl)
	listener := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	client := grpc_health_v1.NewHealthClient(connection)
	unary := func(ctx context.Context) (metadata.MD, error) {
		var trailer metadata.MD
		_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{}, grpc.Trailer(&trailer))
		return trailer, err
	}
	stream := func(ctx context.Context) (metadata.MD, error) {
		watch, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
		if err != nil {
			return nil, err
		}
		_, err = watch.Recv()
		return watch.Trailer(), err
	}
	for name, test := range map[string]struct {
		call          func(context.Context) (metadata.MD, error)
		authorization []string
		code          codes.Code
		seen          string
		challenge     string
		retry         string
	}{
		"unary":                    {unary, []string{"Bearer reader"}, codes.OK, "ada", "", ""},
		"unary without a token":    {unary, nil, codes.OK, "nobody", "", ""},
		"unary, invalid":           {unary, []string{"Bearer x"}, codes.Unauthenticated, "", `Bearer realm="api", error="invalid_token", error_description="The access token is unknown, expired or revoked.", scope="read"`, ""},
		"unary, two tokens":        {unary, []string{"Bearer reader", "Bearer writer"}, codes.InvalidArgument, "", `Bearer realm="api", error="invalid_request", error_description="The request has more than one Authorization header.", scope="read"`, ""},
		"unary, down":              {unary, []string{"Bearer down"}, codes.Unavailable, "", "", "1"},
		"unary, over the limit":    {unary, []string{"Bearer busy"}, codes.ResourceExhausted, "", "", "2"},
		"stream":                   {stream, []string{"Bearer writer"}, codes.OK, "ada", "", ""},
		"stream without a token":   {stream, nil, codes.Unauthenticated, "", `Bearer realm="api", scope="write"`, ""},
		"stream without the scope": {stream, []string{"Bearer reader"}, codes.PermissionDenied, "", `Bearer realm="api", error="insufficient_scope", error_description="The access token does not have a required scope.", scope="read write"`, ""},
	} {
		impl.seen, refused = "", nil
		trailer, err := test.call(metadata.NewOutgoingContext(t.Context(), metadata.MD{"authorization": test.authorization}))
		if status.Code(err) != test.code || impl.seen != test.seen || (refused == nil) != (test.code == codes.OK) {
			t.Errorf("%s: got %v, the method saw %q, and the host %v", name, err, impl.seen, refused)
		}
		for key, want := range map[string]string{"www-authenticate": test.challenge, "retry-after": test.retry} {
			if got := append(trailer.Get(key), "")[0]; got != want {
				t.Errorf("%s: got %s %q, want %q", name, key, got, want)
			}
		}
	}
}
