// Command embed adds an OAuth provider to a program that already has users and
// a login page.
//
//	go run ./examples/embed
//
// Latchkey serves the protocol, the consent page and the back office. The program
// reports which user is logged in.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/resource"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

func main() {
	const origin = "http://localhost:8000"
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "embed")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(ctx, filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	users := newUsers()
	client, secret, err := register(db)
	if err != nil {
		log.Fatal(err)
	}
	provider, err := newProvider(ctx, origin, db, users)
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(provider.Run(ctx)) }() // notifies applications of logouts
	fmt.Printf("Provider:      %s/o\nClient ID:     %s\nClient secret: %s\n", origin, client, secret)
	server := &http.Server{Addr: "localhost:8000", Handler: newMux(provider, users), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// newProvider returns the provider. It asks the program who is logged in.
func newProvider(ctx context.Context, origin string, store latchkey.Store, users *users) (*latchkey.Server, error) {
	key := make([]byte, 32) // a real program stores the key and uses the same one at every start
	_, _ = rand.Read(key)
	return latchkey.New(ctx, latchkey.Options{
		Issuer: origin + "/o", Store: store, MasterKey: key,
		ProtocolSettings: latchkey.ProtocolSettings{
			Scopes: []oauth.ScopeInfo{{Name: "read", Description: "See your notes"}},
		},
		People: users,
	})
}

// newMux returns the pages of the program, and the provider beside them.
func newMux(provider *latchkey.Server, users *users) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/o/", provider)
	mux.Handle("/.well-known/", provider)
	mux.Handle("/admin/", provider.Admin())
	mux.HandleFunc("GET /login", users.showLogin)
	mux.HandleFunc("POST /login", users.logIn)
	mux.Handle("/api/notes", provider.Require("read")(http.HandlerFunc(notes)))
	return mux
}

// notes is an API of the program.
func notes(w http.ResponseWriter, r *http.Request) {
	token, _ := resource.FromContext(r.Context())
	_, _ = fmt.Fprintf(w, "notes of %s\n", token.Subject)
}

// register adds a client, like the back office or the command line.
func register(store latchkey.Store) (id, secret string, err error) {
	secret, stored := oauth.NewClientSecret(time.Now())
	client := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Notes reader", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{stored},
		GrantTypes: provider.GrantTypes(), RedirectURIs: []string{"http://localhost:8001/consumer/exchange/"},
	}
	return client.ID, secret, store.CreateClient(context.Background(), client)
}

// localPath returns next if it is a path of this site, or else "/".
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
