package mock

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey"
)

// RotateKeys replaces the signing keys of a provider, and advances its clock until the
// new keys sign.
func RotateKeys(ctx context.Context, keys latchkey.Keys, clock *Clock) error {
	all, err := keys.List(ctx)
	if err != nil {
		return err
	}
	rotated := make(map[string]bool)
	for _, key := range all {
		if rotated[key.Alg] {
			continue
		}
		rotated[key.Alg] = true
		if _, err := keys.Rotate(ctx, key.Alg, true); err != nil {
			return err
		}
	}
	clock.Advance(3 * time.Second)
	return nil
}
