package oauth

import "time"

// SessionClient is a client that learned of a login session, because it got an
// ID token or a code for one.
type SessionClient struct {
	SessionID string // the login session
	ClientID  string // the client that learned of it
	Subject   string // the person who was logged in
}

// SessionsEnd is the argument of Store.EndSessions.
type SessionsEnd struct {
	// IDs are the sessions that end. An unknown one is not an error.
	IDs []string
	// Subject ends all sessions of this person too, if set, apart from the session
	// Except. A login of the person cannot start a session if the password was checked
	// before that (account.User.LoginEpoch).
	Subject, Except string
	// At is the time of the end.
	At time.Time
}

// LogoutNotice notifies a client that a login session has ended (OpenID Connect
// Back-Channel Logout §2.3). It is stored until it is delivered. Subject and
// SessionID are those of the server, not the pseudonyms that the client knows.
type LogoutNotice struct {
	SessionClient
	// EndedAt is when the session ended.
	EndedAt time.Time
	// NextAt is when the next attempt may be made, and Attempts is how many were
	// made.
	NextAt   time.Time
	Attempts int64 // attempts so far
}

// LogoutNoticeTTL is how long a Store keeps a notice after the end of the
// session, unless the notice is dropped earlier.
const LogoutNoticeTTL = 25 * time.Hour
