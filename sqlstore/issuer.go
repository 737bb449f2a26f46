package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Rows of latchkey_lease that contain an issuer. They are not copied to another
// database: the first server there writes its own.
const (
	// issuerLease is the row with the issuer of the server that started last.
	issuerLease = "issuer"
	// serverLease and idleLease begin the names of the rows of the servers that use the
	// database now. Each is followed by the ID of a server.
	serverLease, idleLease = "issuer of server ", "issuer of idle server "
	// nodeLease begins the name of the row that describes the process of a server, as JSON.
	nodeLease = "node "
)

// ServerLeases is the pattern of LIKE for the names of the rows in latchkey_lease of the servers that
// use the database now. Each has the issuer as its holder.
const ServerLeases = "issuer of %"

// HostLease is the name of the row in latchkey_lease of a database whose people are those of a
// host program. It is copied to another database.
const HostLease = "people of the host program"

// HostPeople reports whether the people in the database are those of a host program: whether a
// server with Options.People has used it, and ForgetHostPeople has not been called since.
func (s *Store) HostPeople(ctx context.Context) (bool, error) {
	var one int64
	err := s.row(ctx, `SELECT 1 FROM latchkey_lease WHERE name = $1`, HostLease).Scan(&one)
	if Expected(err) {
		return false, nil
	}
	return err == nil, err
}

// ForgetHostPeople records that people have accounts in the database again.
func (s *Store) ForgetHostPeople(ctx context.Context) error {
	return s.write(ctx, func(t *tx) error {
		if err := t.lockAccounts(); err != nil { // a change can rely on the row: see adminRemains
			return err
		}
		return t.Exec(`DELETE FROM latchkey_lease WHERE name = $1`, HostLease)
	})
}

// Issuer returns the issuer of the server that started last on this database, or
// "" if none has.
func (s *Store) Issuer(ctx context.Context) (issuer string, err error) {
	err = s.row(ctx, `SELECT holder FROM latchkey_lease WHERE name = $1`, issuerLease).Scan(&issuer)
	if Expected(err) {
		return "", nil
	}
	return issuer, err
}

// UseIssuer records that a server with this issuer uses the database, for use.Lasts from
// now. If a server with another issuer uses it, UseIssuer records nothing, and returns an
// *oauth.IssuerInUseError. Of servers that start at the same time with different issuers,
// one succeeds. latchkey.New calls it, and then Server.Run at intervals.
func (s *Store) UseIssuer(ctx context.Context, use oauth.IssuerUse) error {
	var other *oauth.IssuerInUseError
	now := s.Clock()
	use.Node.SeenAt = now
	node, err := json.Marshal(use.Node)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *tx) error {
		other = nil
		// This locks the row, so that other servers wait.
		if err := t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, 0) ON CONFLICT (name) DO UPDATE SET until = 0`, issuerLease, use.Issuer); err != nil {
			return err
		}
		if err := t.Exec(`DELETE FROM latchkey_lease WHERE (name LIKE $1 OR name LIKE $2) AND (until <= $3 OR name IN ($4, $5, $6))`, ServerLeases, nodeLease+"%", ms(now), serverLease+use.Server, idleLease+use.Server, nodeLease+use.Server); err != nil {
			return err
		}
		var issuer string
		var until int64
		err := t.Row(`SELECT holder, until FROM latchkey_lease WHERE name LIKE $1 AND holder <> $2 ORDER BY until DESC LIMIT 1`, ServerLeases, use.Issuer).Scan(&issuer, &until)
		if err == nil {
			other = &oauth.IssuerInUseError{Issuer: issuer, Until: time.UnixMilli(until)}
			return nil
		}
		if !Expected(err) {
			return err
		}
		name := serverLease
		if use.Idle {
			name = idleLease
		}
		if err := t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, $2, $3), ($4, $5, $3)`, name+use.Server, use.Issuer, ms(now.Add(use.Lasts)), nodeLease+use.Server, string(node)); err != nil {
			return err
		}
		if use.HostPeople {
			if err := t.addHostLease(); err != nil {
				return err
			}
		}
		return t.Exec(`UPDATE latchkey_lease SET holder = $1 WHERE name = $2 AND holder <> $1`, use.Issuer, issuerLease)
	})
	if err != nil || other == nil {
		return err
	}
	return other
}

// addHostLease records that the people are those of a host program, if that is not recorded yet. With the lock,
// a transaction that adds the first administrator at the same time sees the row, or has been committed before.
func (t *tx) addHostLease() error {
	var one int64
	err := t.Row(`SELECT 1 FROM latchkey_lease WHERE name = $1`, HostLease).Scan(&one)
	if !Expected(err) {
		return err
	}
	if err := t.lockAccounts(); err != nil {
		return err
	}
	return t.Exec(`INSERT INTO latchkey_lease (name, holder, until) VALUES ($1, '', 0) ON CONFLICT (name) DO NOTHING`, HostLease)
}

// EndIssuerUse records that a server has stopped, so that another issuer can use the
// database. An unknown server is ignored.
func (s *Store) EndIssuerUse(ctx context.Context, server string) error {
	return s.write(ctx, func(t *tx) error {
		return t.Exec(`DELETE FROM latchkey_lease WHERE name IN ($1, $2, $3)`, serverLease+server, idleLease+server, nodeLease+server)
	})
}

// IdleServers returns the number of servers that use this database and serve requests,
// but whose background work does not run.
func (s *Store) IdleServers(ctx context.Context) (n int, err error) {
	err = s.row(ctx, `SELECT COUNT(*) FROM latchkey_lease WHERE name LIKE $1 AND until > $2`, idleLease+"%", ms(s.Clock())).Scan(&n)
	return n, err
}

// Nodes returns the processes whose servers use this database.
func (s *Store) Nodes(ctx context.Context) (nodes []oauth.Node, err error) {
	const query = `SELECT name, holder FROM latchkey_lease WHERE name LIKE $1 AND until > $2 ORDER BY until DESC, name LIMIT $3`
	err = s.each(ctx, query, []any{nodeLease + "%", ms(s.Clock()), oauth.MostNodes}, func(rows Rows) error {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return err
		}
		var node oauth.Node
		if err := json.Unmarshal([]byte(text), &node); err != nil {
			return fmt.Errorf("row %q of latchkey_lease: %w", name, err)
		}
		node.ID = strings.TrimPrefix(name, nodeLease)
		nodes = append(nodes, node)
		return nil
	})
	slices.SortFunc(nodes, func(a, b oauth.Node) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return nodes, err
}

// InOneFile reports whether the database is one file.
func (s *Store) InOneFile() bool { return s.OneFile }
