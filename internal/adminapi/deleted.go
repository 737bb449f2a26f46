package adminapi

import (
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/acts"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// handle carries out the operation.
func (c *call) handle() (any, error) {
	result, err := c.op.handle(c)
	return result, c.explained(err)
}

// explained returns a problem instead of err if the operation is about an application that was
// deleted.
func (c *call) explained(err error) error {
	if id := c.PathValue("id"); strings.HasPrefix(c.op.path, "applications/{id}") && errors.Is(err, oauth.ErrNotFound) {
		return c.ifDeleted(id, err, func(restore string) *Problem { return notFound(sentence(acts.DeletedApplication(id, restore))) })
	}
	return err
}

// ifDeleted returns the problem of an application that was deleted and can be restored, with the
// request that restores it. It returns err for another ID, and for a caller without the permission
// to list deleted applications.
func (c *call) ifDeleted(id string, err error, problem func(restore string) *Problem) error {
	if !c.may(account.ApplicationsRead) {
		return err
	}
	deleted, readErr := c.api.Store.DeletedClients(c.Context(), c.api.Clock())
	switch {
	case readErr != nil:
		return readErr
	case slices.ContainsFunc(deleted, func(d oauth.DeletedClient) bool { return d.Client.ID == id }):
		return problem("POST /applications/" + escaped(id) + "/restore")
	}
	return err
}
