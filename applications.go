package latchkey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// CreateApplication checks a new application as the back office does, stores it, and
// returns its client secret. The secret is not stored in readable form and cannot be
// shown again. It is empty if the application needs no secret: if it is public, or
// authenticates with a private key.
//
//	app := &oauth.Client{Name: "Shop", RedirectURIs: []string{"https://shop.example/cb"}}
//	secret, err := server.CreateApplication(ctx, app)
//
// Only the Name is required. An empty ID becomes a random one, an empty Type means
// oauth.Confidential, and nil GrantTypes means authorization_code with refresh_token
// if there are RedirectURIs or the application is public, and client_credentials
// otherwise. The fields that only
// the server sets, such as Secrets and CreatedAt, are ignored. If there is no error, c is
// set to the application as it is stored.
//
// With Options.People, fields that apply only to accounts are an error: OwnerID, CoOwnerIDs,
// ServiceUserID and RequireSecondFactor.
//
// The error is validate.FieldErrors if something is wrong with the application; each
// names a member of the JSON form of oauth.Client. It wraps oauth.ErrConflict if an
// application or a person with the ID already exists. The ID of an application that was deleted
// in the back office, with the admin API or with the command is reserved for seven days, in which the
// application can be restored. DeleteApplication does not reserve the ID.
func (s *Server) CreateApplication(ctx context.Context, c *oauth.Client) (secret string, err error) {
	if c == nil {
		return "", errNoApplication
	}
	return s.createApplication(ctx, "Server.CreateApplication", c, "")
}

// ImportApplication is like CreateApplication for an application that already has a
// client secret. A secret that CreateApplication did not generate is stored as a slow
// hash, because it may be easy to guess, and a warning is logged. The secret must be empty if the
// application needs none, because it is public or authenticates with a private key.
func (s *Server) ImportApplication(ctx context.Context, c *oauth.Client, secret string) error {
	if c == nil {
		return errNoApplication
	}
	confidential := *c
	confidential.Type = cmp.Or(c.Type, oauth.Confidential)
	if secret == "" && confidential.UsesSecret() {
		return validate.Field("client_secret", "The client secret is empty. To generate one, use CreateApplication.")
	}
	_, err := s.createApplication(ctx, "Server.ImportApplication", c, secret)
	if _, generated := oauth.ParseToken(secret, oauth.KindClientSecret); err == nil && secret != "" && !generated {
		s.warnOfSecret(ctx, c.ID, len(secret))
	}
	return err
}

// warnOfSecret warns that a secret which a person chose is weaker than a generated one.
func (s *Server) warnOfSecret(ctx context.Context, clientID string, length int) {
	why := "was chosen by a person"
	if length < oauth.ShortClientSecret {
		why = fmt.Sprintf("has only %d characters and can be guessed", length)
	}
	s.options.Logger.WarnContext(ctx, "the client secret of an imported application "+why+"; replace it soon with Server.RotateSecret", "client_id", clientID)
}

// createApplication stores a new application with the given secret, or with a
// generated one if it needs one. method is the name of the method for the audit log.
func (s *Server) createApplication(ctx context.Context, method string, c *oauth.Client, secret string) (string, error) {
	secret, err := s.acts.CreateApplication(ctx, c, secret)
	if err != nil {
		return "", err
	}
	s.acted(ctx, nil, method, c.ID, &oauth.EventDetails{ClientName: c.Name, Changes: audit.ClientChanges(nil, c)})
	return secret, nil
}

// ValidateApplication checks the fields of an application as CreateApplication and
// UpdateApplication do. The error is validate.FieldErrors. It makes no request to the addresses
// of the application, does not check that its accounts exist, and stores nothing.
func (s *Server) ValidateApplication(ctx context.Context, c *oauth.Client) error {
	if c == nil {
		return errNoApplication
	}
	if err := s.acts.ReadScopes(ctx); err != nil {
		return err
	}
	faults := append(s.provider.ValidateClient(c), s.acts.UnknownResources(nil, c)...)
	if faults = append(faults, s.acts.FieldsWithoutEffect(nil, c)...); len(faults) > 0 {
		return faults
	}
	return nil
}

// UpdateApplication checks a changed application as the back office does, and stores
// it. Read it with Store.Client before the change:
//
//	app, err := store.Client(ctx, id)
//	app.RedirectURIs = append(app.RedirectURIs, "https://shop.example/cb2")
//	err = server.UpdateApplication(ctx, app)
//
// The error is oauth.ErrConflict if another change has been saved since then: read it
// again, and repeat the change. It is oauth.ErrNotFound if the application does not
// exist, and validate.FieldErrors if something is wrong with it. The Type cannot be
// changed. The fields that only the server sets, such as Secrets and CreatedAt, keep
// their stored values. If there is no error, c is set to the application as it is stored.
func (s *Server) UpdateApplication(ctx context.Context, c *oauth.Client) error {
	if c == nil {
		return errNoApplication
	}
	before, err := s.options.Store.Client(ctx, c.ID)
	if err != nil {
		return namesApplication(c.ID, err)
	}
	changes, err := s.acts.UpdateApplication(ctx, before, c)
	if err != nil {
		return namesApplication(c.ID, err)
	}
	s.acted(ctx, nil, "Server.UpdateApplication", c.ID, &oauth.EventDetails{ClientName: c.Name, Changes: changes})
	return nil
}

// RotateSecret generates a new client secret for an application and returns it. It
// cannot be shown again. The earlier secrets are accepted until overlap has passed;
// with 0 they are rejected at once. overlap is at most oauth.MaxSecretOverlap. The error is
// oauth.ErrNotFound if the application does not exist, and validate.FieldErrors if it has
// no use for a secret, because it is public or authenticates with a private key.
func (s *Server) RotateSecret(ctx context.Context, clientID string, overlap time.Duration) (secret string, err error) {
	_, secret, _, err = s.acts.RotateSecret(ctx, clientID, acts.Rotation{Overlap: overlap})
	if err != nil {
		return "", namesApplication(clientID, err)
	}
	s.acted(ctx, nil, "Server.RotateSecret", clientID, nil)
	return secret, nil
}

// DeleteApplication deletes an application for good, with the consents that people gave it, and
// everything that was issued to it. Its tokens are rejected from then on. It cannot be restored, and
// another application can have its ID at once. The error is oauth.ErrNotFound if it does not exist.
//
// The back office, the admin API and the command latchkey app delete keep a deleted application for
// seven days, in which it can be restored. Store.DiscardClient does the same, without a record in the audit log. To
// reject the requests of an application only for some time, set Disabled with UpdateApplication.
func (s *Server) DeleteApplication(ctx context.Context, clientID string) error {
	details := new(oauth.EventDetails)
	if c, err := s.options.Store.Client(ctx, clientID); err == nil {
		details.ClientName = c.Name
	}
	err := s.options.Store.DeleteClient(ctx, clientID)
	s.acted(ctx, err, "Server.DeleteApplication", clientID, details)
	return namesApplication(clientID, err)
}

// errNoApplication is the error for a nil pointer in place of an application.
var errNoApplication = errors.New("latchkey: the application is nil; pass a pointer to an oauth.Client")

// namesApplication adds the client ID to an error that says only that something does not
// exist.
func namesApplication(clientID string, err error) error {
	if errors.Is(err, oauth.ErrNotFound) {
		return fmt.Errorf("there is no application with the client ID %q: %w", clientID, err)
	}
	return err
}
