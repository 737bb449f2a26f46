// Package account manages users, their passwords and their sessions. It does
// not depend on OAuth, HTTP or SQL.
//
// Start with user.go and session.go, which define the types, and store.go,
// which defines what a backend must do. Then read password.go, login.go and
// sessions.go for the operations.
package account
