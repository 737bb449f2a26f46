package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// noApplication returns the error for an application that does not exist, or that was deleted.
func noApplication(ctx context.Context, in applications, id string) error {
	deleted, err := isDeleted(ctx, in, id)
	switch {
	case err != nil:
		return err
	case deleted:
		return absent{acts.DeletedApplication(id, acts.RestoreCommand(id)), oauth.ErrNotFound}
	}
	return absent{fmt.Sprintf("there is no application with the client ID %q. List them with: latchkey app list", id), oauth.ErrNotFound}
}

// isDeleted reports whether an application was deleted and can be restored. It returns false if the
// token has no permission to read applications.
func isDeleted(ctx context.Context, in applications, id string) (bool, error) {
	deleted, err := in.DeletedApplications(ctx)
	if isStatus(err, http.StatusForbidden) {
		return false, nil
	}
	return slices.ContainsFunc(deleted, func(d deletedApplication) bool { return d.ClientID == id }), err
}

// reserved explains a conflict of a new application whose client ID is that of a deleted one. It
// returns any other error as it is.
func reserved(ctx context.Context, in applications, id string, conflict error) error {
	deleted, err := isDeleted(ctx, in, id)
	switch {
	case err != nil:
		return err
	case deleted:
		return errors.New(acts.ReservedClientID(id, acts.RestoreCommand(id)))
	}
	return conflict
}
