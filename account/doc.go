// Package account keeps people: users, their passwords and their sessions. It
// does not know what OAuth is, and nothing of HTTP or SQL.
//
// Read user.go and session.go for the things that exist, store.go for what a
// backend promises, then password.go, login.go and sessions.go for what
// happens to them.
package account
