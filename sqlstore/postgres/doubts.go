package postgres

import "context"

// doubts tells why what is acknowledged may not survive, by what our own
// connections have: a setting of the URL or of the role counts as much as one
// of the server.
func (e *engine) doubts(ctx context.Context) (doubts []string, err error) {
	var commit, fsync string
	err = e.QueryRow(ctx, `SELECT coalesce(current_setting('synchronous_commit', true), ''), coalesce(current_setting('fsync', true), '')`).Scan(&commit, &fsync)
	if err != nil {
		return nil, err
	}
	const mend = " Set it to on, and look where it comes from: the URL, ALTER ROLE, ALTER DATABASE or postgresql.conf"
	switch commit {
	case "off":
		doubts = append(doubts, "synchronous_commit is off: what is acknowledged is lost when PostgreSQL or its machine stops in the moment after."+mend)
	case "local", "remote_write":
		doubts = append(doubts, "synchronous_commit is "+commit+": what is acknowledged may not be on the disk of a synchronous standby yet, and is lost when that one takes over."+mend)
	}
	if fsync == "off" {
		doubts = append(doubts, "fsync is off: when the machine of PostgreSQL stops, what is acknowledged is lost, or the whole database. Set it to on in postgresql.conf")
	}
	return doubts, nil
}
