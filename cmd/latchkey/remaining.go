package main

import "io"

// printJWTs prints what remains valid after a revocation. Each command that revokes tokens calls it.
func printJWTs(w io.Writer) {
	row(w, "An API that checks JWT access tokens by itself accepts the last ones until they expire. They are valid for the access_token_ttl of the application or of the server (default 1h).")
}

// printRemaining prints what remains valid after the sessions of a person ended, and how to revoke it.
// Without a person, the session was named by its ID.
func (c *command) printRemaining(w io.Writer, p person) {
	flag := "--user NAME"
	switch {
	case p.username != "":
		flag = "--user " + p.username
	case p.subject != "":
		flag = "--subject " + p.subject
	}
	row(w, c.suggest("The access of applications and agents that does not depend on a session (with offline_access, or without openid) remains. To revoke it too: latchkey token revoke "+flag))
	printJWTs(w)
}
