// Command embed adds an OAuth provider to a program that already has users and
// a login page.
//
//	go run ./examples/embed
//
// Latchkey serves the protocol, the consent page and the back office. The program
// reports which user is logged in. site.go is the program without Latchkey, people.go
// adapts its users, home.go is the home page, and main adds the provider.
//
// Open http://localhost:8000/, and log in as ada to add applications in the back office.
// The API is at http://localhost:8000/api/notes.
package main

import (
	"context"
	"crypto/rand"
	"log"
	"log/slog"
	"net/http"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

func main() {
	ctx, site, key := context.Background(), newSite(), []byte(rand.Text()+rand.Text())
	server, err := latchkey.New(ctx, latchkey.Options{
		Issuer: site.origin() + "/o", People: site, Store: memstore.New(nil), MasterKey: key, Logger: slog.Default(),
	})
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(server.Run(ctx)) }() // notifies applications of logouts
	site.Handle("/o/", server)                 // consent, tokens, connected applications, logout
	site.Handle("/.well-known/", server)       // metadata
	site.Handle("/admin/", server.Admin())     // the back office
	site.Handle("/api/notes", server.Require("read")(http.HandlerFunc(notes)))
	log.Fatal(site.serve())
}
