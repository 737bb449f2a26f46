package latchkey

import (
	"context"
	"crypto"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Keys manages the signing keys of a Server. Its zero value cannot be used; call
// Server.Keys.
type Keys struct{ server *Server }

// Keys returns the signing keys of the server. Most programs do not need it: New creates
// the first key, and a key is replaced automatically after it has signed for
// Options.KeyRotation.
func (s *Server) Keys() Keys { return Keys{s} }

// List returns all keys, oldest first, without their private halves. Use
// SigningKey.State to find out whether a key signs.
func (k Keys) List(ctx context.Context) ([]oauth.SigningKey, error) {
	stored, err := k.server.provider.SigningKeys(ctx)
	keys := slices.Clone(stored)
	for i := range keys {
		keys[i].Private = nil
	}
	return keys, err
}

// Rotate generates a key for a signature algorithm, such as oauth.AlgES256, and
// returns it without its private half. The key is published at once, and signs after
// an hour, when all clients have fetched it. With now, it signs after two seconds; use
// that only if the current key may have been stolen. The error is oauth.ErrConflict if
// another new key does not sign yet, or if another process is rotating the key. An unknown
// algorithm is an error too.
func (k Keys) Rotate(ctx context.Context, alg string, now bool) (oauth.SigningKey, error) {
	key, err := k.server.provider.RotateKey(ctx, alg, now)
	k.server.acted(ctx, err, "Keys.Rotate", key.ID, nil)
	key.Private = nil
	return key, err
}

// Import is like Rotate with a given private key: an *ecdsa.PrivateKey on P-256 for
// ES256, an *rsa.PrivateKey for RS256 and PS256, or an ed25519.PrivateKey for EdDSA.
// The key is stored encrypted under Options.MasterKey. A key that does not fit the algorithm
// is an error.
func (k Keys) Import(ctx context.Context, alg string, private crypto.Signer, now bool) (oauth.SigningKey, error) {
	key, err := k.server.provider.ImportKey(ctx, alg, private, now)
	k.server.acted(ctx, err, "Keys.Import", key.ID, nil)
	key.Private = nil
	return key, err
}

// Retire makes a key stop signing at once. Tokens that it signed remain valid until they
// expire. With distrust, they are rejected at once; use it for a key that was stolen. If
// no other key of its algorithm signs, the published one becomes active at once, or a new one is
// generated. The error is oauth.ErrNotFound if no key has this ID.
func (k Keys) Retire(ctx context.Context, id string, distrust bool) error {
	err := k.server.provider.RetireKey(ctx, id, distrust)
	k.server.acted(ctx, err, "Keys.Retire", id, nil)
	return err
}
