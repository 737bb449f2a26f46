package developers

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ActPrefix begins the kinds of the events for changes that owners make.
const ActPrefix = "applications/{id}/owner/"

// MaxReason is the maximum length of the reason of a review, in bytes.
const MaxReason = 500

// CanDecide reports whether an operator can approve or reject an application.
func CanDecide(c *oauth.Client) bool { return c.Review != "" || c.Unverified() }

// Approve approves an application that a person registered or changed, if it still has this
// version. The consent page no longer warns of it. It enables the application only if it waited
// for the approval.
func Approve(ctx context.Context, store Store, id string, version int64, at time.Time) (*oauth.Client, error) {
	return decide(ctx, store, id, version, func(c *oauth.Client) {
		if c.Review == oauth.ReviewWaiting || c.Review == oauth.ReviewRejected {
			c.Disabled = false
		}
		c.UnverifiedAt, c.Review, c.ReviewReason, c.UpdatedAt = time.Time{}, "", "", at
	})
}

// Reject rejects and disables an application, if it still has this version.
func Reject(ctx context.Context, store Store, id string, version int64, reason string, at time.Time) (*oauth.Client, error) {
	return decide(ctx, store, id, version, func(c *oauth.Client) {
		c.Disabled, c.Review, c.ReviewReason, c.UpdatedAt = true, oauth.ReviewRejected, reason, at
	})
}

// decide changes an application that an operator has to look at, or that nobody has approved. The decision is only about the version
// that the operator has seen: another version is a conflict.
func decide(ctx context.Context, store Store, id string, version int64, change func(*oauth.Client)) (*oauth.Client, error) {
	stored, err := store.Client(ctx, id)
	if err != nil {
		return nil, err
	}
	if stored.Version != version || !CanDecide(stored) {
		return nil, oauth.ErrConflict
	}
	c := *stored
	change(&c)
	if err := store.UpdateClient(ctx, &c); err != nil {
		return nil, err
	}
	return &c, nil
}
