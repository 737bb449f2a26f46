// Command embed adds an OAuth provider to a program that already has users and
// a login page.
//
//	go run ./examples/embed
//
// Latchkey serves the protocol and the consent page. The program reports which
// user is logged in.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"html/template"
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
	folder, err := os.MkdirTemp("", "embed")
	if err != nil {
		log.Fatal(err)
	}
	db, err := sqlite.Open(context.Background(), filepath.Join(folder, "latchkey.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	client, secret, err := register(db)
	if err != nil {
		log.Fatal(err)
	}
	mux, err := newMux(origin, db)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("Provider:      %s/o\nClient id:     %s\nClient secret: %s\n", origin, client, secret)
	server := &http.Server{Addr: "localhost:8000", Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// newMux is the whole program: its own pages, and the provider beside them.
func newMux(origin string, store latchkey.Store) (*http.ServeMux, error) {
	key := make([]byte, 32) // a real program keeps it: the same at every start
	_, _ = rand.Read(key)
	people := newPeople()
	provider, err := latchkey.New(latchkey.Options{
		Issuer: origin + "/o", Store: store, MasterKey: key,
		Scopes:   []oauth.ScopeInfo{{Name: "read", Description: "See your notes"}},
		Who:      people.who,
		LoginURL: func(next string) string { return "/enter?next=" + template.URLQueryEscaper(next) },
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/o/", provider)
	mux.Handle("/.well-known/", provider)
	mux.HandleFunc("GET /enter", people.ask)
	mux.HandleFunc("POST /enter", people.enter)
	mux.Handle("/api/notes", provider.Require("read")(http.HandlerFunc(notes)))
	return mux, nil
}

// notes is the program's API.
func notes(w http.ResponseWriter, r *http.Request) {
	token, _ := resource.FromContext(r.Context())
	_, _ = fmt.Fprintf(w, "the notes of person %s\n", token.Subject)
}

// register adds an application, as the back office or the command line would.
func register(store latchkey.Store) (id, secret string, err error) {
	secret, kept := oauth.NewClientSecret(time.Now())
	client := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Notes reader", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{kept},
		GrantTypes: provider.GrantTypes(), RedirectURIs: []string{"http://localhost:8001/consumer/exchange/"},
	}
	return client.ID, secret, store.CreateClient(context.Background(), client)
}

// localPath keeps a link from leading to another site.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
