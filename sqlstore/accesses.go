package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The queries for the valid families of pairs of a person and a client. $3 is a JSON array of pairs, and
// the first column is the position of a pair in it. Each of them reads the newest families by the index, up to a
// bound. That of PostgreSQL does not end with the ID: its rows are read from the end, and then sorted. It has a range
// of one person, because a planner that expects the person in most rows would read the whole table. The second LIMIT
// of it keeps the conditions out of the sorted subquery, so that they are checked only until there are enough rows.
var (
	accessesColumns = `t.scope, t.details, t.expires_at FROM `
	accessesSQLite  = `SELECT k.key, ` + accessesColumns + fmt.Sprintf(`json_each($3) k CROSS JOIN latchkey_family t
	WHERE t.id IN (SELECT t.id FROM (SELECT * FROM latchkey_family f WHERE f.subject = k.value ->> 0 AND f.client_id = k.value ->> 1 ORDER BY f.id DESC LIMIT %d) t
		WHERE %s LIMIT %d)`, oauth.MostCounted, familyValid, oauth.MaxAccessFamilies)
	accessesPostgres = `SELECT k.n - 1, ` + accessesColumns + fmt.Sprintf(`pg_catalog.json_array_elements($3::text::json) WITH ORDINALITY k(pair, n)
	CROSS JOIN LATERAL (SELECT * FROM (SELECT * FROM (SELECT * FROM latchkey_family f WHERE f.subject >= k.pair ->> 0 AND f.subject <= k.pair ->> 0 AND f.client_id = k.pair ->> 1
		ORDER BY f.subject DESC, f.client_id DESC LIMIT %[1]d) f ORDER BY f.id DESC LIMIT %[1]d) t WHERE %[2]s LIMIT %[3]d) t`,
		oauth.MostCounted, familyValid, oauth.MaxAccessFamilies)
)

// Accesses returns the present access of clients for people.
func (s *Store) Accesses(ctx context.Context, of []oauth.ConsentKey, inSession bool) ([]oauth.Access, error) {
	if len(of) > oauth.MaxAccesses {
		return nil, fmt.Errorf("sqlstore: %d keys, but at most %d are allowed", len(of), oauth.MaxAccesses)
	}
	all := make([]oauth.Access, len(of))
	if len(of) == 0 {
		return all, nil
	}
	pairs := make([][2]string, len(of))
	for i, key := range of {
		if !strings.ContainsRune(key.Subject+key.ClientID, 0) { // PostgreSQL rejects such a text, and no row has it
			pairs[i] = [2]string{key.Subject, key.ClientID}
		}
	}
	list, err := json.Marshal(pairs)
	if err != nil {
		return nil, err
	}
	query, now := accessesSQLite, s.Clock()
	if s.batcher != nil {
		query = accessesPostgres
	}
	err = s.each(ctx, query, []any{ms(now), number(inSession), string(list)}, func(row Rows) error {
		var (
			i int
			f oauth.Family
		)
		if err := row.Scan(&i, scopes{&f.Scope}, details{&f.Details}, at{&f.ExpiresAt}); err != nil {
			return err
		}
		all[i] = all[i].With(&f, now)
		return nil
	})
	return all, err
}
