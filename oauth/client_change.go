package oauth

import (
	"context"
	"errors"
	"time"
)

// ClientSwitch disables or enables a client.
type ClientSwitch struct {
	ClientID string
	Disabled bool
	// RevokedBefore revokes everything that was issued to the client until then,
	// if it is not zero. Otherwise the tokens of a disabled client work again when
	// the client is enabled, as far as they have not expired.
	RevokedBefore time.Time
	// At is the time of the change.
	At time.Time
}

// maxChanges is how often ChangeClient repeats a change. Each time, another change
// was saved in the meantime.
const maxChanges = 100

// ChangeClient applies a change to a client and saves it. If the client was
// changed concurrently, it reads the client again and repeats the change.
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
