package oauth

import (
	"context"
	"errors"
	"time"
)

// ClientSwitch disables or enables a client.
type ClientSwitch struct {
	ClientID string // the client that is enabled or disabled
	Disabled bool   // its new state
	// RevokedBefore, if not zero, revokes everything that was issued to the client
	// up to that time. Otherwise the tokens of a disabled client are valid again
	// when the client is enabled, unless they have expired.
	RevokedBefore time.Time
	// At is the time of the change.
	At time.Time
	// Version, if not zero, is the version that the stored client must have.
	Version int64
}

// maxChanges is how many times ChangeClient repeats a change because another change was
// saved in the meantime.
const maxChanges = 100

// ChangeClient applies a change to the client with the id, saves it, and returns the
// client as it is saved. If the client was changed concurrently, it reads the client
// again and calls change again, at most 100 times. After that, the error is ErrConflict. An
// error of change is returned as it is, and nothing is saved. Any other error is that of
// the Store, such as ErrNotFound.
func ChangeClient(ctx context.Context, store interface {
	Client(ctx context.Context, id string) (*Client, error)
	UpdateClient(ctx context.Context, c *Client) error
}, id string, change func(*Client) error,
) (*Client, error) {
	for attempt := 1; ; attempt++ {
		stored, err := store.Client(ctx, id)
		if err != nil {
			return nil, err
		}
		c := *stored
		if err := change(&c); err != nil {
			return nil, err
		}
		err = store.UpdateClient(ctx, &c)
		if !errors.Is(err, ErrConflict) || attempt == maxChanges {
			return &c, err
		}
	}
}
