// Command api is an API that runs in its own program. It is configured with the
// URLs of the provider.
//
//	ISSUER=http://localhost:8000/o CLIENT_ID=… CLIENT_SECRET=… go run ./examples/api
//
// With the credentials of an application that is marked as an API, it asks the
// provider about every token, so that a revoked token is rejected at once.
// Without credentials it verifies JWT access tokens with the provider's keys.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/seed-e6a88a41/latchkey/resource"
)

func main() {
	verifier := newVerifier(os.Getenv("ISSUER"), os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"))
	server := &http.Server{Addr: "localhost:8002", Handler: newAPI(verifier), ReadHeaderTimeout: 5 * time.Second}
	fmt.Println("API: http://localhost:8002/notes")
	log.Fatal(server.ListenAndServe())
}

func newVerifier(issuer, clientID, clientSecret string) resource.Verifier {
	if clientID != "" {
		return &resource.Introspection{URL: issuer + "/introspect/", ClientID: clientID, ClientSecret: clientSecret, Audience: issuer}
	}
	return &resource.JWT{Issuer: issuer, Audience: issuer, KeysURL: issuer + "/.well-known/jwks.json"}
}

// newAPI returns an API that requires the scope read for GET and HEAD requests, and
// the scope write for all others. It logs why a token was refused.
func newAPI(v resource.Verifier) http.Handler {
	guard := resource.Guard{Verifier: v, OnRefused: func(r *http.Request, err error) { log.Printf("%s %s: %v", r.Method, r.URL.Path, err) }}
	mux := http.NewServeMux()
	mux.Handle("/notes", guard.ReadWrite("read", "write")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, _ := resource.FromContext(r.Context())
		_, _ = fmt.Fprintf(w, "%s by %s\n", r.Method, token.ClientID)
	})))
	return mux
}
