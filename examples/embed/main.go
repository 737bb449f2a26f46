// Command embed adds an OAuth provider to a program that already has users and
// a login page.
//
//	go run ./examples/embed
//
// Latchkey serves the protocol, the consent page and the back office. The program
// reports which user is logged in. Log in as ada to use the back office at
// http://localhost:8000/admin/.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/resource"
)

func main() {
	ctx, address, users := context.Background(), cmp.Or(os.Getenv("ADDRESS"), "localhost:8000"), newUsers()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	server, err := newProvider(ctx, "http://"+address, users)
	if err != nil {
		log.Fatal(err)
	}
	client, secret, err := register(ctx, server)
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(server.Run(ctx)) }() // notifies applications of logouts
	fmt.Printf("Provider:      http://%s/o\nClient ID:     %s\nClient secret: %s\n", address, client.ID, secret)
	site := &http.Server{Handler: newMux(server, users), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(site.Serve(listener))
}

// newProvider returns the provider. It asks the program which user is logged in. A real
// program keeps its data in a database, and uses the same key at every start.
func newProvider(ctx context.Context, origin string, users *users) (*latchkey.Server, error) {
	return latchkey.New(ctx, latchkey.Options{
		Issuer: origin + "/o", Store: memstore.New(nil), MasterKey: []byte(rand.Text() + rand.Text()), People: users,
		ProtocolSettings: latchkey.ProtocolSettings{Scopes: []oauth.ScopeInfo{{Name: "read", Description: "See your notes"}}},
	})
}

// newMux returns the pages of the program, and the provider beside them.
func newMux(server *latchkey.Server, users *users) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/o/", server)
	mux.Handle("/.well-known/", server)
	mux.Handle("/admin/", server.Admin())
	mux.Handle("/api/notes", server.Require("read")(http.HandlerFunc(notes)))
	mux.HandleFunc("GET /login", users.showLogin)
	mux.HandleFunc("POST /login", users.logIn)
	return mux
}

// notes is an API of the program.
func notes(w http.ResponseWriter, r *http.Request) {
	token, _ := resource.FromContext(r.Context())
	_, _ = fmt.Fprintf(w, "notes of %s\n", token.Subject)
}

// register adds an application, as the back office does.
func register(ctx context.Context, server *latchkey.Server) (client *oauth.Client, secret string, err error) {
	client = &oauth.Client{Name: "Notes reader", RedirectURIs: []string{"http://localhost:8001/consumer/exchange/"}}
	secret, err = server.CreateApplication(ctx, client)
	return client, secret, err
}
