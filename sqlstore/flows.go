package sqlstore

import (
	stdbytes "bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const flowColumns = `id, client_id, began_at, login_at, factor_at, consent_at, approved_at, denied_at, token_at, failed_at, error_id, known, device, entered_at, login_failures, ignored_scopes`

func flowFields(f *oauth.Flow) []any {
	return []any{
		bytes{f.ID[:]},
		&f.ClientID,
		at{&f.BeganAt},
		at{&f.LoginAt},
		at{&f.FactorAt},
		at{&f.ConsentAt},
		at{&f.ApprovedAt},
		at{&f.DeniedAt},
		at{&f.TokenAt},
		at{&f.FailedAt},
		&f.ErrorID,
		flag{&f.Person},
		flag{&f.Device},
		at{&f.EnteredAt},
		loginFailures{&f.LoginFailures},
		scopes{&f.IgnoredScopes},
	}
}

func flowValues(f oauth.Flow) []any {
	return []any{
		f.ID[:], f.ClientID, ms(f.BeganAt), ms(f.LoginAt), ms(f.FactorAt), ms(f.ConsentAt), ms(f.ApprovedAt), ms(f.DeniedAt), ms(f.TokenAt), ms(f.FailedAt), f.ErrorID, number(f.Person), number(f.Device), ms(f.EnteredAt),
		loginFailuresText(f.LoginFailures), f.IgnoredScopes.String(),
	}
}

// mergeFlow adds the steps of a row to those of the flow that exists. See oauth.Flow.Add.
var mergeFlow = func() string {
	sets := []string{`error_id = CASE WHEN excluded.error_id <> '' AND excluded.failed_at >= latchkey_flow.failed_at THEN excluded.error_id ELSE latchkey_flow.error_id END`}
	sets = append(sets,
		`ignored_scopes = CASE WHEN excluded.ignored_scopes <> '' THEN excluded.ignored_scopes ELSE latchkey_flow.ignored_scopes END`,
		fmt.Sprintf(`login_failures = CASE WHEN length(latchkey_flow.login_failures) < %d THEN latchkey_flow.login_failures || excluded.login_failures ELSE latchkey_flow.login_failures END`, maxLoginFailures))
	for _, column := range []string{"began_at", "login_at", "factor_at", "consent_at", "approved_at", "denied_at", "token_at", "failed_at", "known", "device", "entered_at"} {
		sets = append(sets, column+` = CASE WHEN excluded.`+column+` > latchkey_flow.`+column+` THEN excluded.`+column+` ELSE latchkey_flow.`+column+` END`)
	}
	return ` ON CONFLICT (id) DO UPDATE SET ` + strings.Join(sets, ", ") + ` WHERE latchkey_flow.client_id = excluded.client_id`
}()

// AddFlows adds steps to flows with one statement, and deletes the oldest of the same clients with
// another: the transaction is shared with others, which must not wait. The rows are always in the
// same order, so that processes do not wait for each other in a circle.
func (s *Store) AddFlows(ctx context.Context, flows []oauth.Flow, keep int) error {
	known, err := s.knownFlows(ctx, flows)
	if err != nil || len(known) == 0 {
		return err
	}
	sorted := slices.SortedFunc(slices.Values(known), func(a, b oauth.Flow) int { return stdbytes.Compare(a.ID[:], b.ID[:]) })
	var (
		query   strings.Builder
		args    []any
		clients []string
	)
	query.WriteString(`INSERT INTO latchkey_flow (` + flowColumns + `) VALUES `)
	for i, f := range sorted {
		values := flowValues(f)
		if i > 0 {
			query.WriteString(`, `)
		}
		query.WriteString(valuesFrom(len(args)+1, len(values)))
		args, clients = append(args, values...), append(clients, f.ClientID)
	}
	query.WriteString(mergeFlow)
	slices.Sort(clients)
	clients = slices.Compact(clients)
	trimmed := []any{int64(keep)}
	for _, client := range clients {
		trimmed = append(trimmed, client)
	}
	return s.write(ctx, func(t *tx) error {
		err := t.Exec(query.String(), args...)
		if err == nil {
			err = t.Exec(trimFlows(len(clients)), trimmed...)
		}
		return err
	})
}

// knownFlows returns the flows without those that have no BeganAt, unless they are stored with the
// same client. Then they get the time of their ID. It also omits failures of the login that are not kept.
func (s *Store) knownFlows(ctx context.Context, flows []oauth.Flow) (known []oauth.Flow, err error) {
	stored := make(map[oauth.ID]oauth.Flow)
	var ids []any
	for _, f := range flows {
		if f.BeganAt.IsZero() || len(f.LoginFailures) > 0 {
			ids = append(ids, f.ID[:])
		}
	}
	if len(ids) > 0 {
		err = s.each(ctx, `SELECT id, client_id, login_failures FROM latchkey_flow WHERE id IN `+Values(len(ids)), ids, func(rows Rows) error {
			var f oauth.Flow
			err := rows.Scan(bytes{f.ID[:]}, &f.ClientID, loginFailures{&f.LoginFailures})
			stored[f.ID] = f
			return err
		})
	}
	for _, f := range flows {
		before := stored[f.ID]
		if f.BeganAt.IsZero() {
			if before.ClientID == "" || before.ClientID != f.ClientID {
				continue
			}
			f.BeganAt = f.ID.Time()
		}
		f.LoginFailures = newLoginFailures(before.LoginFailures, f.LoginFailures)
		known = append(known, f)
	}
	return known, err
}

// trimFlows deletes the flows of these clients that are not among the newest ones. $1 is how many
// remain of each.
func trimFlows(clients int) string {
	return `DELETE FROM latchkey_flow WHERE id IN (
	SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY client_id, known ORDER BY id DESC) AS place FROM latchkey_flow WHERE client_id IN ` + valuesFrom(2, clients) + `) AS f WHERE place > $1)`
}

// Flow returns the flow with the ID.
func (s *Store) Flow(ctx context.Context, id oauth.ID) (f oauth.Flow, err error) {
	err = s.row(ctx, `SELECT `+flowColumns+` FROM latchkey_flow WHERE id = $1`, id[:]).Scan(flowFields(&f)...)
	return f, err
}

// Flows returns the last flows of a client.
func (s *Store) Flows(ctx context.Context, clientID string, n int) (found []oauth.Flow, err error) {
	condition, args := ``, []any{int64(n)}
	if clientID != "" {
		condition, args = ` WHERE client_id = $2`, append(args, clientID)
	}
	err = s.each(ctx, `SELECT `+flowColumns+` FROM latchkey_flow`+condition+` ORDER BY id DESC LIMIT $1`, args, func(rows Rows) error {
		var f oauth.Flow
		err := rows.Scan(flowFields(&f)...)
		found = append(found, f)
		return err
	})
	return found, err
}
