// Package account manages people: their accounts, passwords and sessions,
// password resets and the verification of email addresses. It does not depend
// on OAuth, HTTP or SQL: a backend implements its Store interface.
//
// Start with user.go and session.go, which define the data, and store.go, which
// defines what a backend must do. Then read accounts.go, users.go, password.go,
// login.go, sessions.go and proof.go, which contain the operations. Second factors are
// in assurance.go, factors.go, second_step.go, totp.go, recovery.go,
// remembered.go and passkeys.go, and logins through other providers in identity.go,
// identities.go and identity_sign_up.go. How people confirm who they are is in confirm.go.
package account
