package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// algorithmsInUse returns the algorithms that sign tokens of the applications. Of the resources, only
// those in the Store are considered: a command about keys works with a faulty configuration file, too.
func algorithmsInUse(ctx context.Context, server *provider.Provider, store *sqlstore.Store) (map[string]bool, error) {
	used := make(map[string]bool)
	if err := server.ReadScopes(ctx); err != nil {
		return nil, err
	}
	err := eachClient(ctx, store, "", func(client *oauth.Client) {
		for _, alg := range server.SigningAlgorithms(client) {
			used[alg] = true
		}
	})
	return used, err
}

// chooseAlgorithm returns the algorithm of the key to replace, and those of the
// other keys that sign tokens of the applications. If no application uses a key,
// it is that of a key that exists.
func chooseAlgorithm(keys []oauth.SigningKey, used map[string]bool, now time.Time) (alg string, others []string) {
	var exist, signing []string
	for _, known := range append([]string{oauth.DefaultIDTokenAlg}, oauth.SigningAlgorithms()...) {
		exists := slices.ContainsFunc(keys, func(k oauth.SigningKey) bool {
			state := k.State(now)
			return k.Alg == known && (state == oauth.KeyActive || state == oauth.KeyPublished)
		})
		if !exists || slices.Contains(exist, known) {
			continue
		}
		exist = append(exist, known)
		if used[known] {
			signing = append(signing, known)
		}
	}
	switch {
	case len(signing) > 0:
		return signing[0], signing[1:]
	case len(exist) > 0:
		return exist[0], nil
	}
	return oauth.DefaultIDTokenAlg, nil
}

// algorithmOf returns the usual algorithm of a private key.
func algorithmOf(private any) string {
	switch private.(type) {
	case *rsa.PrivateKey:
		return oauth.AlgRS256
	case ed25519.PrivateKey:
		return oauth.AlgEdDSA
	}
	return oauth.AlgES256
}
