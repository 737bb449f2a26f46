package sqlstore

import "context"

// Verbs as one statement each, for an engine with a Batcher. Only if a statement
// matches no row, the row is read afterwards, to say why.

// runStatement runs the statement of a verb.
func (s *Store) runStatement(ctx context.Context, query string, args []any, dest ...any) (bool, error) {
	call := s.begin(ctx, query, writes)
	found, err := s.batcher.Run(ctx, query, args, dest...)
	return found, call.end(err)
}

// lookup finds a row by its key, together with rows of other callers.
func (s *Store) lookup(ctx context.Context, query string, key []byte, dest ...any) error {
	call := s.begin(ctx, query, reads)
	found, err := s.batcher.Lookup(ctx, query, key, dest...)
	if err == nil && !found {
		err = errNotFound
	}
	return call.end(err)
}
