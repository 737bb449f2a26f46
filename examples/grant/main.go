// Command grant is a provider with a grant type of its own: a client gets tokens for a
// voucher that a shop has sold.
//
//	go run ./examples/grant
//	curl -d grant_type=urn:example:grant-type:voucher -d voucher=SUMMER -d client_id=… -d client_secret=… http://localhost:8000/o/token/
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const voucherType = "urn:example:grant-type:voucher"

// voucher is a voucher that the shop has sold.
type voucher struct {
	customer string
	expires  time.Time
}

// voucherGrant returns the grant type. A voucher can be used once: the server stores its
// number in the same transaction as the tokens.
func voucherGrant(sold map[string]voucher) oauth.ExtensionGrant {
	return oauth.ExtensionGrant{
		Type: voucherType, Text: "The application presents a voucher of the shop.", Params: []string{"voucher"},
		Decide: func(_ context.Context, r oauth.ExtensionRequest) (oauth.ExtensionDecision, error) {
			number := r.Params.Get("voucher")
			v, ok := sold[number]
			if !ok || !v.expires.After(r.Now) {
				return oauth.ExtensionDecision{}, oauth.Errorf(oauth.CodeInvalidGrant, "The voucher is unknown or has expired.")
			}
			return oauth.ExtensionDecision{Subject: v.customer, Scope: oauth.Scopes{"read"}, Once: number}, nil
		},
	}
}

// newProvider returns the provider.
func newProvider(ctx context.Context, issuer string, store latchkey.Store, sold map[string]voucher) (*latchkey.Server, error) {
	key := make([]byte, 32) // a real program stores the key and uses the same one at every start
	_, _ = rand.Read(key)
	return latchkey.New(ctx, latchkey.Options{
		Issuer: issuer, Store: store, MasterKey: key, Logger: slog.Default(), Grants: []oauth.ExtensionGrant{voucherGrant(sold)},
	})
}

// register adds a customer and a client, like the back office.
func register(ctx context.Context, store latchkey.Store) (customer, id, secret string, err error) {
	user, err := account.New(account.Config{Store: store}).Create(ctx, account.NewUser{Username: "ada", Password: rand.Text()})
	if err != nil {
		return "", "", "", err
	}
	secret, stored := oauth.NewClientSecret(time.Now())
	client := &oauth.Client{
		ID: oauth.NewClientID(), Name: "Kiosk", Type: oauth.Confidential, Secrets: []oauth.ClientSecret{stored}, GrantTypes: []string{voucherType},
	}
	return user.ID, client.ID, secret, store.CreateClient(ctx, client)
}

func main() {
	ctx := context.Background()
	store := memstore.New(time.Now)
	customer, id, secret, err := register(ctx, store)
	if err != nil {
		log.Fatal(err)
	}
	server, err := newProvider(ctx, "http://localhost:8000/o", store, map[string]voucher{"SUMMER": {customer, time.Now().Add(time.Hour)}})
	if err != nil {
		log.Fatal(err)
	}
	go func() { log.Fatal(server.Run(ctx)) }() // the background work, such as new signing keys
	fmt.Printf("Client ID:     %s\nClient secret: %s\n", id, secret)
	web := &http.Server{Addr: "localhost:8000", Handler: server, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(web.ListenAndServe())
}
