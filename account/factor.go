package account

import (
	"crypto/sha256"
	"time"
)

// A FactorKind is a kind of Factor.
type FactorKind string

// The kinds of factors.
const (
	// FactorPasskey is a WebAuthn credential.
	FactorPasskey FactorKind = "passkey"
	// FactorTOTP is an app that generates one-time codes (RFC 6238).
	FactorTOTP FactorKind = "totp"
	// FactorRecoveryCode is a code that is used once, in place of a factor that the
	// person has lost.
	FactorRecoveryCode FactorKind = "recovery_code"
	// FactorBrowser is a browser in which the person is not asked for a second factor.
	FactorBrowser FactorKind = "browser"
	// FactorEmailCode records which codes by email were used. It is not a second factor that a
	// person adds.
	FactorEmailCode FactorKind = "email_code"
	// FactorIdentity is an account at another provider, with which the person logs in
	// instead of the password. It is not a second factor.
	FactorIdentity FactorKind = "identity"
	// FactorToken is a PersonalToken. Nobody logs in with it.
	FactorToken FactorKind = "token"
	// FactorExternal is the ID of the person in the directory that manages the account. It cannot
	// be used to log in. One with an empty Body marks a block by the directory.
	FactorExternal FactorKind = "external_id"
)

// FactorID identifies a factor. It is a hash of the value by which the factor is found: the
// credential ID of a passkey, the text of a recovery code, the cookie of a browser, the
// issuer and the subject of an identity, the external ID of a directory.
type FactorID [sha256.Size]byte

// A Factor is something with which a person proves who they are, other than the
// password.
//
// Its Step makes every proof usable once: each proof has a step, and is accepted only if
// that step is greater than the Step of the factor, which is then set to it.
type Factor struct {
	ID     FactorID   `json:"-"`    // the key of the row
	UserID string     `json:"-"`    // the ID of the User
	Kind   FactorKind `json:"kind"` // the kind of factor
	// Name is chosen by the person or describes a browser. It may be empty.
	Name string `json:"name,omitempty"`
	// Body contains what the kind needs: the public key of a passkey, or the sealed
	// secret of a TOTP. A backend does not read it.
	Body string `json:"-"`
	// Step is the time step of the last code of a TOTP, the time of the last challenge
	// that a passkey has signed, that of the last code by email, or 1 after a recovery code was used.
	Step int64 `json:"-"`
	// Counter is the signature counter of a passkey (WebAuthn §6.1.1). It is always 0
	// for passkeys without a counter, and for other kinds.
	Counter   int64     `json:"-"`
	CreatedAt time.Time `json:"created_at"`          // when the factor was added
	UsedAt    time.Time `json:"used_at,omitzero"`    // zero if it was never used
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero means never
}

// A FactorUse is the use of a factor for a login.
type FactorUse struct {
	ID FactorID // the factor
	// Step and Counter are those of the Factor after the use.
	Step, Counter int64
	// Body replaces the body of the factor, unless it is empty.
	Body string
	At   time.Time // when the factor was used
}

// A FactorChange changes the factors of a user.
type FactorChange struct {
	// User is the user as read from the Store, before the factors were read.
	// ChangeFactors updates Version, LoginEpoch and Factors.
	User *User
	// Factors is the new User.Factors.
	Factors []FactorKind
	Add     []Factor   // the factors to add
	Remove  []FactorID // the factors to remove
	// Rename changes the names of factors.
	Rename map[FactorID]string
	// EndSessions ends all sessions of the user except KeepSession, and increments
	// LoginEpoch.
	EndSessions bool
	KeepSession string
	At          time.Time // when the change is made
	// Notice may be nil.
	Notice *Notice
}
