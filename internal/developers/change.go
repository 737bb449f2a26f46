package developers

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// Values are the values of fields, by their names in JSON.
type Values map[string][]string

// FieldsOf returns the names of the fields that the page of an application shows.
func FieldsOf(c *oauth.Client) []string {
	names := []string{"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"}
	if c.Allows(oauth.GrantAuthorizationCode) {
		names = append(names, "redirect_uris", "post_logout_redirect_uris")
	}
	return names
}

// fields returns the fields that the owner can change.
func fields(c *oauth.Client) (all []clientfields.Field) {
	shown := FieldsOf(c)
	for _, f := range clientfields.All() {
		if slices.Contains(shown, f.Name) && Editable(c, f.Name) {
			all = append(all, f)
		}
	}
	return all
}

// set sets the fields that the owner can change, and ignores all others.
func set(c *oauth.Client, values Values) error {
	for _, f := range fields(c) {
		if given, found := values[f.Name]; found {
			if err := f.Set(c, given); err != nil {
				return validate.Field(f.Name, "%s", err.Error())
			}
		}
	}
	return nil
}

// New returns an application of a kind that is not stored yet, or false if people cannot register
// applications of this kind.
func (a *Apps) New(kind string) (*oauth.Client, bool) {
	of, found := clientfields.FindAppKind(kind)
	if !found || !slices.Contains(Kinds(), kind) || !slices.Contains(a.DeveloperKinds, kind) {
		return nil, false
	}
	now := a.Clock().Truncate(time.Millisecond)
	c := &oauth.Client{ID: oauth.NewClientID(), CreatedAt: now, UpdatedAt: now}
	of.Set(c)
	return c, true
}

// ScopesFor returns the scopes that a new application can have.
func (a *Apps) ScopesFor(ctx context.Context, c *oauth.Client) (scopes []oauth.ScopeInfo, err error) {
	known, err := a.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	people := c.Allows(oauth.GrantAuthorizationCode) || c.Allows(oauth.GrantDeviceCode)
	for _, scope := range known {
		if slices.Contains(a.DeveloperScopes, scope.Name) && (people || !oauth.AboutPerson(scope.Name)) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// idFor returns the client_id of the application that a person registers with a form: always the
// same for a form that is sent twice. Nobody can choose it, such as that of a deleted application.
func (a *Apps) idFor(u *account.User, form string) string {
	mac := hmac.New(sha256.New, a.Key)
	fold := oauth.HashOf("developer application", u.ID, form)
	_, _ = mac.Write(fold[:])
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Register adds an application of a kind. The same form, which is a random text, always has the
// same client_id for a person. The secret is
// empty if the application needs none. The error is validate.FieldErrors if something is wrong
// with the values, ErrNotAllowed, account.ErrTooMany, *account.ThrottledError after too many
// registrations in a day, or oauth.ErrConflict if the id is taken.
func (a *Apps) Register(ctx context.Context, u *account.User, kind, form string, values Values) (c *oauth.Client, secret string, err error) {
	c, found := a.New(kind)
	allowed, err := a.MayRegister(ctx, u)
	if err != nil {
		return nil, "", err
	}
	if !found || !allowed {
		return nil, "", ErrNotAllowed
	}
	if form != "" {
		c.ID = a.idFor(u, form)
	}
	c.OwnerID, c.RegisteredByPerson, c.UnverifiedAt = u.ID, true, c.CreatedAt
	if a.DeveloperApproval {
		c.Disabled, c.Review = true, oauth.ReviewWaiting
	}
	if err := a.chooseScopes(ctx, c, values["scope"]); err != nil {
		return c, "", err
	}
	if err := set(c, values); err != nil {
		return c, "", err
	}
	if c.NeedsSecret() {
		var stored oauth.ClientSecret
		secret, _ = oauth.NewClientSecret(c.CreatedAt)
		if stored, err = oauth.ImportClientSecret(secret, c.CreatedAt); err != nil {
			return c, "", err
		}
		c.Secrets = []oauth.ClientSecret{stored}
	}
	if err := a.check(ctx, nil, c); err != nil {
		return c, "", err
	}
	if err := a.countRegistration(ctx, u); err != nil {
		return c, "", err
	}
	guard := account.Guard{Actor: u.ID, Fewer: a.DeveloperLimit}
	return c, secret, a.Store.CreateClient(account.WithGuard(context.WithoutCancel(ctx), guard), c)
}

// A person can register perDay*DeveloperLimit applications in a day. The limit is needed because
// deleted applications are stored for seven days.
const (
	day    = 24 * time.Hour
	perDay = 5
)

// countRegistration returns *account.ThrottledError after too many registrations.
func (a *Apps) countRegistration(ctx context.Context, u *account.User) error {
	now := a.Clock()
	count, until, err := a.CountAttempt(ctx, "developer "+u.ID, day, now)
	if err == nil && count > perDay*a.DeveloperLimit {
		err = &account.ThrottledError{RetryAfter: until.Sub(now)}
	}
	return err
}

// chooseScopes sets the scopes of a new application. Without any, it could have all scopes of the
// server, so it needs at least one.
func (a *Apps) chooseScopes(ctx context.Context, c *oauth.Client, chosen []string) error {
	allowed, err := a.ScopesFor(ctx, c)
	if err != nil {
		return err
	}
	for _, scope := range allowed {
		if slices.Contains(chosen, scope.Name) {
			c.Scopes = append(c.Scopes, scope.Name)
		}
	}
	if len(c.Scopes) == 0 {
		return validate.Field("scope", "Choose at least one scope.").WithCode("apps_scope")
	}
	return nil
}

// check returns what is wrong with an application.
func (a *Apps) check(ctx context.Context, before, c *oauth.Client) error {
	if faults := a.Validate(c); len(faults) > 0 {
		return faults
	}
	if faults := provider.CheckOutbound(ctx, a.Outbound, before, c); len(faults) > 0 {
		return faults
	}
	return nil
}

// Change saves the fields that the owner can change in an application of this version. It returns
// the application before and after the change. oauth.ErrConflict: it was changed in between.
func (a *Apps) Change(ctx context.Context, u *account.User, id string, version int64, values Values) (before, c *oauth.Client, err error) {
	before, err = a.App(ctx, u, id)
	if err != nil {
		return nil, nil, err
	}
	changed := *before
	changed.Version = version
	if err := set(&changed, values); err != nil {
		return before, &changed, err
	}
	return before, &changed, a.save(ctx, u, before, &changed)
}

// save checks and stores a changed application.
func (a *Apps) save(ctx context.Context, u *account.User, before, c *oauth.Client) error {
	if err := a.check(ctx, before, c); err != nil {
		return err
	}
	if before.Version != c.Version {
		return oauth.ErrConflict
	}
	if slices.ContainsFunc(fields(c), func(f clientfields.Field) bool { return !f.Equal(before, c) }) {
		a.unverify(c)
	}
	if c.Review == oauth.ReviewRejected {
		c.Review, c.ReviewReason = oauth.ReviewWaiting, "" // still disabled
	}
	c.UpdatedAt = a.Clock()
	c.Edited(before)
	return a.Store.UpdateClient(guarded(ctx, u, c.ID), c)
}

// unverify ends the approval of an application that owners have changed or transferred.
func (a *Apps) unverify(c *oauth.Client) {
	if c.Review == "" && (a.DeveloperApproval || !c.Unverified()) {
		c.Review = oauth.ReviewChanged
	}
	c.UnverifiedAt = a.Clock().Truncate(time.Millisecond) // as the times of consents are stored
}

// AddRedirectURI registers the redirect URI of a rejected request.
func (a *Apps) AddRedirectURI(ctx context.Context, u *account.User, id string, version int64, uri string) (before, c *oauth.Client, err error) {
	before, err = a.App(ctx, u, id)
	if err != nil {
		return nil, nil, err
	}
	return a.Change(ctx, u, id, version, Values{"redirect_uris": append(slices.Clone(before.RedirectURIs), uri)})
}

// Rotate adds a secret to an application. The earlier ones expire after the overlap.
func (a *Apps) Rotate(ctx context.Context, u *account.User, id string, overlap time.Duration) (c *oauth.Client, secret string, err error) {
	c, err = a.edit(ctx, u, id, func(c *oauth.Client) error {
		if Managed(c) {
			return ErrManaged
		}
		if !c.NeedsSecret() {
			return oauth.ErrNotFound
		}
		secret = c.RotateSecret(a.Clock(), overlap)
		if c.NeedsReadableSecret() {
			return a.Secrets.Keep(c, secret)
		}
		return nil
	})
	return c, secret, err
}

// edit changes an application that a person owns.
func (a *Apps) edit(ctx context.Context, u *account.User, id string, change func(*oauth.Client) error) (*oauth.Client, error) {
	return oauth.ChangeClient(guarded(ctx, u, id), a.Store, id, func(c *oauth.Client) error {
		if !c.OwnedBy(u.ID) {
			return oauth.ErrNotFound
		}
		c.UpdatedAt = a.Clock()
		return change(c)
	})
}

// Delete deletes an application that a person owns. Administrators can restore it for a while.
func (a *Apps) Delete(ctx context.Context, u *account.User, id string) (*oauth.Client, error) {
	c, err := a.App(ctx, u, id)
	if err != nil {
		return nil, err
	}
	return c, a.Store.DiscardClient(guarded(ctx, u, id), id, 0, a.Clock())
}

// RemoveOwner removes an owner from an application. The person who is responsible for it cannot
// be removed: they transfer it to another person.
func (a *Apps) RemoveOwner(ctx context.Context, u *account.User, id, owner string) (*oauth.Client, error) {
	return a.edit(ctx, u, id, func(c *oauth.Client) error {
		if c.OwnerID == owner || !slices.Contains(c.CoOwnerIDs, owner) {
			return oauth.ErrNotFound
		}
		if u.ID != owner && u.ID != c.OwnerID {
			return oauth.ErrNotFound // only the person who is responsible removes others
		}
		c.DropOwner(owner)
		c.Offers = slices.DeleteFunc(slices.Clone(c.Offers), func(o oauth.OwnerOffer) bool { return o.By == owner })
		return nil
	})
}
