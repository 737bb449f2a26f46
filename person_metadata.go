package latchkey

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// errHostMetadata is returned if the people are those of the host program.
var errHostMetadata = fmt.Errorf("latchkey: the people are those of Options.People, so Latchkey stores no metadata about them. Keep it in the database of your program: %w", account.ErrNotFound)

// PersonMetadata returns the metadata of a person with an account: a JSON object, or empty
// if there is none. Functions of Options can call it, or UserMetadata of the Store, to add
// claims. The error is account.ErrNotFound if there is no such account. With
// Options.People, it always is: the host has the data about its people itself.
func (s *Server) PersonMetadata(ctx context.Context, subject string) (json.RawMessage, error) {
	if s.options.People != nil {
		return nil, errHostMetadata
	}
	return s.accounts.Store.UserMetadata(ctx, subject)
}

// SetPersonMetadata replaces the metadata of a person with an account. Empty removes it.
// People do not see it, and no token or response contains it, unless a function of Options
// adds it. The error is validate.FieldErrors if it is not a JSON object within the bounds
// of validate.Metadata, and account.ErrNotFound if there is no such account.
func (s *Server) SetPersonMetadata(ctx context.Context, subject string, metadata json.RawMessage) error {
	if s.options.People != nil {
		return errHostMetadata
	}
	err := s.accounts.SetMetadata(ctx, subject, metadata)
	s.acted(ctx, err, "Server.SetPersonMetadata", "", &oauth.EventDetails{Person: subject})
	return err
}
