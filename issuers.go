package latchkey

import (
	"context"
	"fmt"
)

// claimStore checks that the Store serves only one issuer. Each of several issuers would
// accept the opaque tokens, codes and login sessions of the others. Two issuers in one
// process are an error. If another process used the database with another issuer,
// claimStore only logs a warning, because the issuer of a server can be changed.
func (s *Server) claimStore(ctx context.Context) error {
	if store, ok := s.options.Store.(interface{ ClaimIssuer(issuer string) error }); ok {
		if err := store.ClaimIssuer(s.options.Issuer); err != nil {
			return fmt.Errorf("latchkey: %w", err)
		}
	}
	store, ok := s.options.Store.(interface {
		TakeIssuer(ctx context.Context, issuer string) (before string, err error)
	})
	if !ok {
		return nil
	}
	switch before, err := store.TakeIssuer(ctx, s.options.Issuer); {
	case err != nil:
		s.options.Logger.WarnContext(ctx, "cannot check whether other servers on this database have the same issuer", "error", err.Error())
	case before != "" && before != s.options.Issuer:
		s.options.Logger.WarnContext(ctx, "the server that was last started on this database has a different issuer; if it is still running, each server accepts the opaque tokens and login sessions of the other; start all servers of a database with the same issuer (--issuer, or Options.Issuer), and give each issuer its own database",
			"issuer", s.options.Issuer, "other_issuer", before)
	}
	return nil
}
