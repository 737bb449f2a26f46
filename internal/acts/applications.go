package acts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// CreateApplication checks and stores a new application with the given secret, or with a
// generated one if it needs one, and returns the secret. If there is no error, c is set to the
// application as it is stored. The error is validate.FieldErrors if something is wrong with
// the application, and wraps oauth.ErrConflict if its ID exists.
func (a *Acts) CreateApplication(ctx context.Context, c *oauth.Client, secret string) (string, error) {
	added, secret, err := a.newApplication(ctx, c, secret)
	if err != nil {
		return "", err
	}
	err = a.Store.CreateClient(ctx, added)
	if errors.Is(err, oauth.ErrConflict) {
		return "", fmt.Errorf("latchkey: an application or a person with the ID %q already exists: %w", added.ID, err)
	}
	if err != nil {
		return "", err
	}
	*c = *added
	return secret, nil
}

// CheckNewApplication makes the checks of CreateApplication, apart from those of the Store, and
// adds nothing.
func (a *Acts) CheckNewApplication(ctx context.Context, c *oauth.Client, secret string) error {
	_, _, err := a.newApplication(ctx, c, secret)
	return err
}

// newApplication returns a checked application, and its secret.
func (a *Acts) newApplication(ctx context.Context, c *oauth.Client, secret string) (*oauth.Client, string, error) {
	added := *c
	setKeptFields(&added, &oauth.Client{})
	added.CreatedAt = a.Clock().Truncate(time.Millisecond)
	added.UpdatedAt = added.CreatedAt
	provider.SetClientDefaults(&added)
	if strings.HasPrefix(added.ID, oauth.RegistrationPrefix) {
		return nil, "", validate.Field("client_id", "Client IDs that begin with %s are reserved for applications that register themselves. Choose another one.", oauth.RegistrationPrefix)
	}
	if strings.Contains(added.ID, " ") {
		return nil, "", validate.Field("client_id", "The client ID contains a space, which many applications and proxies cannot handle. Choose one without spaces.")
	}
	if secret == "" && added.NeedsSecret() {
		secret, _ = oauth.NewClientSecret(added.CreatedAt)
	}
	if secret != "" {
		if err := checkUsesSecret(&added, false); err != nil {
			return nil, "", err
		}
		stored, err := oauth.ImportClientSecret(secret, added.CreatedAt)
		if err != nil {
			return nil, "", err
		}
		added.Secrets = []oauth.ClientSecret{stored}
	}
	if len(added.Secrets) > 0 && added.NeedsReadableSecret() {
		if err := a.Secrets.Keep(&added, secret); err != nil {
			return nil, "", err
		}
	}
	if err := a.checkApplication(ctx, nil, &added); err != nil {
		return nil, "", err
	}
	return &added, secret, nil
}

// UpdateApplication checks a changed application, and saves it with SaveApplication. The
// fields that only the server sets keep the values that they have in before. The Version of c
// must be that of the stored application. If there is no error, c is set to the application as
// it is stored.
func (a *Acts) UpdateApplication(ctx context.Context, before, c *oauth.Client) ([]oauth.Change, error) {
	changed := *c
	if err := a.CheckApplication(ctx, before, &changed); err != nil {
		return nil, err
	}
	changes, err := a.SaveApplication(ctx, before, &changed)
	if err == nil {
		*c = changed
	}
	return changes, err
}

// CheckApplication makes the checks of UpdateApplication, apart from those of the Store. It sets
// the fields of c that only the server sets, and saves nothing.
func (a *Acts) CheckApplication(ctx context.Context, before, c *oauth.Client) error {
	if c.Type == "" {
		return validate.Field("client_type", "The type is missing. Read the application with Store.Client, change it and pass the result.")
	}
	if c.Type != before.Type {
		return validate.Field("client_type", "The type cannot be changed. Add another application instead.")
	}
	setKeptFields(c, before)
	return a.checkApplication(ctx, before, c)
}

// Revision is a change of an application together with its secret and its state, in one statement.
type Revision struct {
	Before, After *oauth.Client
	Secret        string        // a new secret, or empty
	Overlap       time.Duration // how long the earlier secrets are accepted after a new one
}

// CheckRevision returns the error of ReviseApplication, apart from that of the Store. It saves
// nothing.
func (a *Acts) CheckRevision(ctx context.Context, r Revision) error {
	_, err := a.revised(ctx, r)
	return err
}

// ReviseApplication is like UpdateApplication, with a new secret, and with a state. Disabling
// revokes what was issued, as everywhere else.
func (a *Acts) ReviseApplication(ctx context.Context, r Revision) ([]oauth.Change, error) {
	c, err := a.revised(ctx, r)
	if err != nil {
		return nil, err
	}
	changes, err := a.SaveApplication(ctx, r.Before, c)
	if err == nil && r.Secret != "" {
		changes = append(changes, rotated(r.Overlap)...)
	}
	return changes, err
}

// revised returns the application after a Revision.
func (a *Acts) revised(ctx context.Context, r Revision) (*oauth.Client, error) {
	kept, c, now := *r.Before, *r.After, a.Clock()
	if r.Secret != "" {
		if err := checkUsesSecret(&c, false); err != nil {
			return nil, err
		}
		if err := a.addSecret(&kept, r.Secret, now, r.Overlap, c.NeedsReadableSecret()); err != nil {
			return nil, err
		}
	}
	if c.Disabled && !kept.Disabled && now.After(kept.RevokedBefore) {
		kept.RevokedBefore = now
	}
	return &c, a.CheckApplication(ctx, &kept, &c)
}

// addSecret adds an existing secret to an application.
func (a *Acts) addSecret(c *oauth.Client, secret string, now time.Time, overlap time.Duration, readable bool) error {
	added, err := oauth.ImportClientSecret(secret, now)
	if err != nil {
		return err
	}
	c.AddSecret(added, now, overlap)
	if readable {
		return a.Secrets.Keep(c, secret)
	}
	return nil
}

// rotated returns the changes of a new secret, which is never shown.
func rotated(overlap time.Duration) []oauth.Change {
	return []oauth.Change{{Field: "client_secret", After: "rotated"}, {Field: "overlap", After: overlap.String()}}
}

// SaveApplication saves a changed application that was checked, and returns what changed.
func (a *Acts) SaveApplication(ctx context.Context, before, c *oauth.Client) ([]oauth.Change, error) {
	if !c.NeedsReadableSecret() {
		c.DropReadableSecrets()
	}
	c.UpdatedAt = a.Clock()
	c.Edited(before)
	if err := a.Store.UpdateClient(ctx, c); err != nil {
		return nil, err
	}
	return audit.ClientChanges(before, c), nil
}

// Rotation describes a new secret of an application.
type Rotation struct {
	Overlap  time.Duration // how long the earlier secrets are accepted
	Readable bool          // the secret is also stored encrypted, as HS256 needs it
	// InAdvance allows a secret that is accepted only after token_endpoint_auth_method was
	// changed.
	InAdvance bool
}

// RotateSecret sets a generated secret for an application, and returns it. The error is validate.FieldErrors
// if the application has no use for a secret.
func (a *Acts) RotateSecret(ctx context.Context, clientID string, n Rotation) (c *oauth.Client, secret string, _ []oauth.Change, err error) {
	if err := oauth.CheckSecretOverlap(n.Overlap); err != nil {
		return nil, "", nil, err
	}
	c, err = oauth.EditClient(ctx, a.Store, clientID, func(c *oauth.Client) error {
		if err := checkUsesSecret(c, n.InAdvance); err != nil {
			return err
		}
		now := a.Clock()
		c.UpdatedAt = now
		secret = c.RotateSecret(now, n.Overlap)
		if n.Readable || c.NeedsReadableSecret() {
			return a.Secrets.Keep(c, secret)
		}
		return nil
	})
	if err != nil {
		return nil, "", nil, err
	}
	return c, secret, rotated(n.Overlap), nil
}

// checkUsesSecret returns an error if the token endpoint would reject every secret of the
// application. inAdvance is that of Rotation.
func checkUsesSecret(c *oauth.Client, inAdvance bool) error {
	switch {
	case c.Type != oauth.Confidential:
		return validate.Field("client_secret", "A public application must not have a secret.")
	case !c.UsesSecret() && !inAdvance:
		return validate.Field("client_secret", "The application authenticates with %s, so the server would reject every secret of it. Change its token_endpoint_auth_method first.", c.AuthMethod)
	}
	return nil
}

// withFirstSecret returns the application as it is checked. An application that changes from
// a private key to a secret has none yet. Until it gets one, it cannot authenticate.
func withFirstSecret(before, c *oauth.Client) *oauth.Client {
	if before == nil || before.UsesSecret() || len(c.Secrets) > 0 || c.Type != oauth.Confidential || c.NeedsReadableSecret() {
		return c
	}
	checked := *c
	checked.Secrets = []oauth.ClientSecret{{ID: "first"}}
	return &checked
}

// RevokeSecret revokes an old secret of an application. The error is oauth.ErrLastSecret if it
// is the last one.
func (a *Acts) RevokeSecret(ctx context.Context, clientID, id string) ([]oauth.Change, error) {
	_, err := oauth.EditClient(ctx, a.Store, clientID, func(c *oauth.Client) error {
		c.UpdatedAt = a.Clock()
		return c.RevokeSecret(id, a.Clock())
	})
	return []oauth.Change{{Field: "client_secret", Before: id, After: "revoked"}}, err
}

// RevokeRegistrationToken revokes the token with which an application manages its own registration.
// If the token is already revoked, it changes nothing and returns no changes. An application that nobody uses
// is still deleted when its registration expires. The error is oauth.ErrNoRegistrationToken if the application
// did not register itself.
func (a *Acts) RevokeRegistrationToken(ctx context.Context, clientID string) ([]oauth.Change, error) {
	_, err := oauth.ChangeClient(ctx, a.Store, clientID, func(c *oauth.Client) error {
		if !c.RegistrationTokenRevokedAt.IsZero() {
			return errAlreadyRevoked
		}
		c.UpdatedAt = a.Clock()
		return c.RevokeRegistrationToken(c.UpdatedAt)
	})
	switch {
	case errors.Is(err, errAlreadyRevoked):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return []oauth.Change{{Field: "registration_access_token", After: "revoked"}}, nil
}

var errAlreadyRevoked = errors.New("the registration access token is already revoked")

// setKeptFields sets the fields that only the server changes to their values in from.
func setKeptFields(c, from *oauth.Client) {
	c.Secrets, c.SecretGeneration = from.Secrets, from.SecretGeneration
	c.DocumentFetchedAt, c.StatementIssuer, c.AdministratorSet = from.DocumentFetchedAt, from.StatementIssuer, from.AdministratorSet
	c.RegisteredByPerson, c.UnverifiedAt = from.RegisteredByPerson, from.UnverifiedAt
	c.Offers, c.Review, c.ReviewReason = from.Offers, from.Review, from.ReviewReason
	c.RevokedBefore, c.ExpiresAt, c.Unconfirmed = from.RevokedBefore, from.ExpiresAt, from.Unconfirmed
	c.RegistrationTokenRevokedAt = from.RegistrationTokenRevokedAt
	c.CreatedAt, c.UpdatedAt = from.CreatedAt, from.UpdatedAt
}

// UnknownResources returns a fault for each resource of c that does not exist. It accepts the
// resources of before, the application before the change: if they were removed, the application
// could request tokens for all resources.
func (a *Acts) UnknownResources(before, c *oauth.Client) (faults validate.FieldErrors) {
	if a.IsResource == nil {
		return nil
	}
	for _, uri := range c.Resources {
		if _, err := oauth.CanonicalResource(uri); err != nil {
			continue // Validate reports it
		}
		if !a.IsResource(uri) && (before == nil || !slices.Contains(before.Resources, uri)) {
			faults = append(faults, validate.Field("allowed_resources", "There is no resource '%s'. Correct it, or add it to the resources of the server first.", uri)...)
		}
	}
	return faults
}

// FieldsWithoutEffect returns a fault for each field of c that applies only to accounts of
// Latchkey, if the people are those of a host program. It accepts the values of before, the
// application before the change, so that other fields can be changed.
func (a *Acts) FieldsWithoutEffect(before, c *oauth.Client) (faults validate.FieldErrors) {
	if a.OwnLogin {
		return nil
	}
	if before == nil {
		before = new(oauth.Client)
	}
	for _, f := range clientfields.All() {
		switch {
		case !f.OfAccounts() || len(f.Get(c)) == 0 || f.Equal(before, c):
		case f.Name == "require_second_factor":
			faults = append(faults, validate.Field(f.Name, "This applies only to accounts of Latchkey, but the people are those of the program (Options.People), so it would have no effect. Let the application request a second factor with acr_values, one of Options.ACRValues.")...)
		default:
			faults = append(faults, validate.Field(f.Name, "This is the ID of an account of Latchkey, but the people are those of the program (Options.People), who have no such account. Leave it empty.")...)
		}
	}
	return faults
}

// checkApplication checks an application, its addresses and its accounts. before is the
// application before a change, or nil.
func (a *Acts) checkApplication(ctx context.Context, before, c *oauth.Client) error {
	if err := a.ReadScopes(ctx); err != nil {
		return err
	}
	faults := append(a.Validate(withFirstSecret(before, c)), a.UnknownResources(before, c)...)
	if faults = append(faults, a.FieldsWithoutEffect(before, c)...); len(faults) > 0 {
		return faults
	}
	if faults := provider.CheckOutbound(ctx, a.Outbound, before, c); len(faults) > 0 {
		return faults
	}
	if !a.OwnLogin {
		return nil // the people of the host have no accounts
	}
	references := []struct{ field, id string }{{"owner_id", c.OwnerID}, {"service_user_id", c.ServiceUserID}}
	for _, id := range c.CoOwnerIDs {
		references = append(references, struct{ field, id string }{"co_owner_ids", id})
	}
	for _, reference := range references {
		if reference.id == "" {
			continue
		}
		_, err := a.Store.User(ctx, reference.id)
		if errors.Is(err, account.ErrNotFound) {
			return validate.Field(reference.field, "There is no account with the ID %q.", reference.id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
