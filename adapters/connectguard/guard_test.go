package connectguard_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/seed-e6a88a41/latchkey/adapters/connectguard"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// verifier has the tokens reader, writer and busy.
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

func subject(ctx context.Context) string {
	token, ok := resource.FromContext(ctx)
	if !ok {
		return "nobody"
	}
	return token.Subject
}

const read, write = "/test.Test/Read", "/test.Test/Write"

// TestCallsAreGuarded: unary calls and streams need a token with the scope of the
// procedure.
func TestCallsAreGuarded(t *testing.T) {
	var reported error
	seen := ""
	guard := &connectguard.Guard{
		Guard: &resource.Guard{Verifier: verifier{}, Limit: func(_ context.Context, t *resource.Token) time.Duration {
			return map[string]time.Duration{"busy": 1500 * time.Millisecond}[t.ClientID]
		}},
		Policies: map[string]resource.Policy{read: {Scopes: []string{"read"}, Optional: true}, "/test.Test/": {Scopes: []string{"write"}}},
		OnRefused: func(_ context.Context, procedure string, err error) {
			reported = errors.Join(errors.New(procedure), err)
		},
	}
	mux, interceptors := http.NewServeMux(), connect.WithInterceptors(guard)
	mux.Handle(read, connect.NewUnaryHandler(read, func(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[emptypb.Empty], error) {
		seen = subject(ctx)
		return connect.NewResponse(&emptypb.Empty{}), nil
	}, interceptors))
	mux.Handle(write, connect.NewServerStreamHandler(write, func(ctx context.Context, _ *connect.Request[emptypb.Empty], stream *connect.ServerStream[emptypb.Empty]) error {
		seen = subject(ctx)
		return stream.Send(&emptypb.Empty{})
	}, interceptors))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	unary := func(ctx context.Context, header http.Header) error {
		request := connect.NewRequest(&emptypb.Empty{})
		request.Header()["Authorization"] = header["Authorization"]
		_, err := connect.NewClient[emptypb.Empty, emptypb.Empty](server.Client(), server.URL+read, interceptors).CallUnary(ctx, request)
		return err
	}
	stream := func(ctx context.Context, header http.Header) error {
		request := connect.NewRequest(&emptypb.Empty{})
		request.Header()["Authorization"] = header["Authorization"]
		stream, err := connect.NewClient[emptypb.Empty, emptypb.Empty](server.Client(), server.URL+write, interceptors).CallServerStream(ctx, request)
		if err != nil {
			return err
		}
		stream.Receive()
		return stream.Err()
	}
	const ok = connect.Code(0)
	for name, test := range map[string]struct {
		call          func(context.Context, http.Header) error
		authorization []string
		code          connect.Code
		seen          string
		challenge     string
		retry         string
	}{
		"unary":                    {unary, []string{"Bearer reader"}, ok, "ada", "", ""},
		"unary without a token":    {unary, nil, ok, "nobody", "", ""},
		"unary, invalid":           {unary, []string{"Bearer x"}, connect.CodeUnauthenticated, "", `Bearer realm="api", error="invalid_token", error_description="The access token is unknown, expired or revoked.", scope="read"`, ""},
		"unary, two tokens":        {unary, []string{"Bearer reader", "Bearer writer"}, connect.CodeInvalidArgument, "", `Bearer realm="api", error="invalid_request", error_description="The request has more than one Authorization header.", scope="read"`, ""},
		"unary, down":              {unary, []string{"Bearer down"}, connect.CodeUnavailable, "", "", "1"},
		"unary, over the limit":    {unary, []string{"Bearer busy"}, connect.CodeResourceExhausted, "", "", "2"},
		"stream":                   {stream, []string{"Bearer writer"}, ok, "ada", "", ""},
		"stream without a token":   {stream, nil, connect.CodeUnauthenticated, "", `Bearer realm="api", scope="write"`, ""},
		"stream without the scope": {stream, []string{"Bearer reader"}, connect.CodePermissionDenied, "", `Bearer realm="api", error="insufficient_scope", error_description="The access token does not have a required scope.", scope="read write"`, ""},
	} {
		seen, reported = "", nil
		err := test.call(t.Context(), http.Header{"Authorization": test.authorization})
		refused := new(connect.Error)
		got := ok
		if errors.As(err, &refused) {
			got = refused.Code()
		}
		if got != test.code || seen != test.seen || (reported == nil) != (test.code == ok) {
			t.Errorf("%s: got %v, the method saw %q, and the host %v", name, err, seen, reported)
		}
		for key, want := range map[string]string{"WWW-Authenticate": test.challenge, "Retry-After": test.retry} {
			if value := refused.Meta().Get(key); value != want {
				t.Errorf("%s: got %s %q, want %q", name, key, value, want)
			}
		}
	}
}
