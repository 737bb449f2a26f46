package account

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/seed-e6a88a41/latchkey/validate"
)

// SetMetadata replaces the metadata of a user: a JSON object that belongs to the
// administrators and the host program, or empty. It is not a claim, and people do not see it.
// The error is validate.FieldErrors if it is not within the bounds of validate.Metadata,
// and ErrNotFound if the user does not exist.
func (a *Accounts) SetMetadata(ctx context.Context, userID string, metadata json.RawMessage) error {
	if faults := validate.Metadata("metadata", metadata); len(faults) > 0 {
		return faults
	}
	var compact bytes.Buffer
	if len(metadata) > 0 {
		if err := json.Compact(&compact, metadata); err != nil {
			return err
		}
	}
	if compact.String() == "{}" {
		compact.Reset() // none
	}
	return a.Store.SetUserMetadata(ctx, userID, compact.Bytes())
}
