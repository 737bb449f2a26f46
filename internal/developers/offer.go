package developers

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// offerTTL is how long an offer is valid, and mostOffers how many of an application are open.
const (
	offerTTL   = 7 * 24 * time.Hour
	mostOffers = 5
)

// Offer returns the code of a link with which another person becomes an owner of an application
// or, with transfer, the person who is responsible for it. Only that person can transfer it. The
// code names the application, and is stored as a hash. It is shown once.
func (a *Apps) Offer(ctx context.Context, u *account.User, id string, transfer bool) (code string, err error) {
	secret := rand.Text()
	now := a.Clock()
	_, err = a.edit(ctx, u, id, func(c *oauth.Client) error {
		if transfer && c.OwnerID != u.ID || c.Administers() {
			return ErrManaged
		}
		c.Offers = slices.DeleteFunc(slices.Clone(c.Offers), func(o oauth.OwnerOffer) bool { return !o.ExpiresAt.After(now) })
		if len(c.Offers) >= mostOffers {
			return ErrTooManyOffers
		}
		hash := sha256.Sum256([]byte(secret))
		c.Offers = append(c.Offers, oauth.OwnerOffer{Hash: hash[:], By: u.ID, Transfer: transfer, ExpiresAt: now.Add(offerTTL)})
		return nil
	})
	return id + ":" + secret, err
}

// WithdrawOffers withdraws all open offers of an application.
func (a *Apps) WithdrawOffers(ctx context.Context, u *account.User, id string) error {
	_, err := a.edit(ctx, u, id, func(c *oauth.Client) error {
		c.Offers = nil
		return nil
	})
	return err
}

// Offered returns the application and the offer of a code, or ErrOffer. An offer is not valid
// anymore if the person who made it no longer owns the application.
func (a *Apps) Offered(ctx context.Context, code string) (*oauth.Client, oauth.OwnerOffer, error) {
	id, secret, _ := strings.Cut(code, ":")
	c, err := a.Store.Client(ctx, id)
	if errors.Is(err, oauth.ErrNotFound) {
		err = ErrOffer
	}
	if err != nil {
		return nil, oauth.OwnerOffer{}, err
	}
	o, found := a.find(c, secret)
	if !found {
		return nil, o, ErrOffer
	}
	return c, o, nil
}

// find returns the offer with a secret.
func (a *Apps) find(c *oauth.Client, secret string) (oauth.OwnerOffer, bool) {
	hash := sha256.Sum256([]byte(secret))
	for _, o := range c.Offers {
		if subtle.ConstantTimeCompare(o.Hash, hash[:]) == 1 {
			return o, o.ExpiresAt.After(a.Clock()) && c.OwnedBy(o.By) && (!o.Transfer || c.OwnerID == o.By)
		}
	}
	return oauth.OwnerOffer{}, false
}

// Accept makes a person an owner of the application of a code, which can be used once. The person
// must be allowed to register applications, and an application that is transferred counts for
// their limit. The person who transfers it remains an owner.
func (a *Apps) Accept(ctx context.Context, u *account.User, code string) (*oauth.Client, error) {
	if allowed, err := a.MayRegister(ctx, u); err != nil || !allowed {
		if err == nil {
			err = ErrNotAllowed
		}
		return nil, err
	}
	id, secret, _ := strings.Cut(code, ":")
	_, offer, err := a.Offered(ctx, code)
	if err != nil {
		return nil, err
	}
	guard := account.Guard{Actor: u.ID}
	if offer.Transfer {
		guard.Fewer = a.DeveloperLimit
	}
	ctx = account.WithGuard(context.WithoutCancel(ctx), guard)
	return oauth.ChangeClient(ctx, a.Store, id, func(c *oauth.Client) error {
		o, found := a.find(c, secret)
		if !found {
			return ErrOffer
		}
		if c.Administers() { // since the offer
			return ErrManaged
		}
		c.UpdatedAt = a.Clock()
		c.Offers = slices.DeleteFunc(slices.Clone(c.Offers), func(other oauth.OwnerOffer) bool { return slices.Equal(other.Hash, o.Hash) })
		if o.Transfer && c.OwnerID != u.ID { // nobody who runs the server has chosen this person
			a.unverify(c)
		}
		return addOwner(c, u.ID, o.Transfer)
	})
}

// addOwner adds an owner to an application.
func addOwner(c *oauth.Client, id string, responsible bool) error {
	former := c.OwnerID
	if responsible && former == id || !responsible && c.OwnedBy(id) {
		return nil // the person has it already
	}
	c.DropOwner(id)
	added := id
	if responsible {
		c.OwnerID, added = id, former
	}
	if len(c.CoOwnerIDs) >= oauth.MaxCoOwners {
		return ErrTooManyOffers
	}
	if added != "" {
		c.CoOwnerIDs = append(c.CoOwnerIDs, added)
	}
	return nil
}
