package grpcguard_test

import (
	"testing"

	"google.golang.org/grpc"

	"github.com/seed-e6a88a41/latchkey/adapters/grpcguard"
	"github.com/seed-e6a88a41/latchkey/resource"
)

// guardedServer contains code of docs/how-to/guard-an-api.md.
func guardedServer(verifier resource.Verifier) *grpc.Server {
	guard := &grpcguard.Guard{
		Guard: &resource.Guard{Verifier: verifier},
		Policies: map[string]resource.Policy{
			"/notes.Notes/List":       {Scopes: []string{"read"}},
			"/notes.Notes/":           {Scopes: []string{"write"}}, // all other methods of the service
			"/grpc.health.v1.Health/": {Optional: true},            // a token is not needed
		},
	}
	server := grpc.NewServer(grpc.UnaryInterceptor(guard.Unary), grpc.StreamInterceptor(guard.Stream))
	return server
}

func TestServerOfTheHowToStarts(t *testing.T) {
	server := guardedServer(&resource.JWT{Issuer: "https://id.example.com/o", Audience: "https://id.example.com/o"})
	defer server.Stop()
	if n := len(server.GetServiceInfo()); n != 0 {
		t.Errorf("the new server has %d services", n)
	}
}
