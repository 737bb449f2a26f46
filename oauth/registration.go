package oauth

import (
	"encoding/base64"
	"strings"
	"time"
)

// RegistrationPrefix begins the client_id of an application that registered
// itself (RFC 7591). The rest is its registration, sealed by the server.
const RegistrationPrefix = "lk_reg_"

// MaxClientID bounds a client_id, in bytes. Only that of an application that
// registered itself, or that is a URL, is longer than a few dozen.
const MaxClientID = 1500

// LongestRegistration is the longest time for which a registration can be
// confirmed, counted from the time in its RegistrationID.
const LongestRegistration = 90 * 24 * time.Hour

// encodedRegistration is the number of characters for 18 bytes, of which the RegistrationID is the
// first 16.
const encodedRegistration = 24

// RegistrationID returns the ID of the registration in a client_id. It does not
// check that the server sealed it.
func RegistrationID(clientID string) (ID, bool) {
	text, ok := strings.CutPrefix(clientID, RegistrationPrefix)
	if !ok || len(text) < encodedRegistration {
		return ID{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[:encodedRegistration])
	if err != nil || len(raw) < len(ID{}) {
		return ID{}, false
	}
	return ID(raw), true
}

// RegistrationStart returns the beginning of a client_id that has a RegistrationID, up to and including
// that ID, and any other client_id unchanged. No two registrations begin in the same way.
func RegistrationStart(clientID string) string {
	if _, registered := RegistrationID(clientID); registered {
		return clientID[:len(RegistrationPrefix)+encodedRegistration]
	}
	return clientID
}
