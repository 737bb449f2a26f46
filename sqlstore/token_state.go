package sqlstore

import "github.com/seed-e6a88a41/latchkey/oauth"

// The parts of oauth.Family.State, with inSession $2, and of oauth.AccessToken.State for a row "t" at the time $1.
const (
	// familyKept and accessKept are the conditions that nothing was revoked. The client and the person can be
	// disabled.
	familyKept = `t.revoked_at = 0 AND ` + clientKept + ` AND ` + subjectKept + ` AND ` + familyNotRemoved + subjectEnd
	accessKept = clientKept + ` AND ` + subjectKept + subjectEnd + ` AND ` + ownFamilyValid

	clientKept  = `coalesce((SELECT c.revoked_before < t.issued_at FROM latchkey_client c WHERE c.id = t.client_id), FALSE)`
	subjectKept = `coalesce((SELECT s.revoked_before < t.issued_at`

	familyExpired = `(t.idle_expires_at <= $1 OR t.expires_at <= $1)`
	accessExpired = `t.expires_at <= $1`

	// enabled is the condition that neither the client nor the person is disabled.
	enabled = `coalesce((SELECT c.disabled = 0 FROM latchkey_client c WHERE c.id = t.client_id), FALSE) AND coalesce((SELECT s.blocked = 0 FROM latchkey_subject s WHERE s.id = t.subject), TRUE)`
)

// familyCounted and accessCounted are the parts of familyValid and accessValid that need
// no other table.
const (
	familyCounted = `t.revoked_at = 0 AND t.idle_expires_at > $1 AND t.expires_at > $1 AND CAST($2 AS BIGINT) >= 0`
	accessCounted = `t.expires_at > $1`
	// familyStored is a condition that all families meet.
	familyStored = `CAST($1 AS BIGINT) >= 0 AND CAST($2 AS BIGINT) >= 0`
)

// mostChecked is how many rows are read for a count if each is checked as the protocol checks it.
const mostChecked = 1000

// A stateQuery has the conditions that select the rows of a state. counted are those for a count, which need no
// other table, or empty.
type stateQuery struct{ listed, counted string }

// familyStates and accessStates are the queries of the states. The conditions that need no other table come first.
// A family of which only the login session has ended was revoked.
var (
	familyStates = map[oauth.TokenState]stateQuery{
		"":               {familyValid, familyCounted},
		oauth.TokenValid: {familyValid, familyCounted},
		oauth.TokenExpired: {
			familyStored + ` AND ` + familyExpired + ` AND ` + familyKept,
			familyStored + ` AND ` + familyExpired + ` AND t.revoked_at = 0`,
		},
		oauth.TokenRevoked:  {`(NOT (` + familyKept + `) OR NOT ` + familyExpired + ` AND NOT ` + inOwnSession + ` AND ` + enabled + `)`, ""},
		oauth.TokenDisabled: {familyStored + ` AND NOT ` + familyExpired + ` AND NOT (` + enabled + `) AND ` + familyKept, ""},
	}
	accessStates = map[oauth.TokenState]stateQuery{
		"":                  {accessValid, accessCounted},
		oauth.TokenValid:    {accessValid, accessCounted},
		oauth.TokenExpired:  {accessExpired + ` AND ` + accessKept, accessExpired},
		oauth.TokenRevoked:  {`CAST($1 AS BIGINT) >= 0 AND NOT (` + accessKept + `)`, ""},
		oauth.TokenDisabled: {`NOT ` + accessExpired + ` AND NOT (` + enabled + `) AND ` + accessKept, ""},
	}
)

// queryOf returns the query of a state. No row is in a state that does not exist.
func queryOf(states map[oauth.TokenState]stateQuery, state oauth.TokenState) stateQuery {
	q, known := states[state]
	if !known {
		q = states[oauth.TokenValid]
		q.listed, q.counted = "FALSE AND "+q.listed, "FALSE AND "+q.counted
	}
	return q
}
