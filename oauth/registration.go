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

// RegistrationID returns the ID of the registration in a client_id. It does not
// check that the server sealed it.
func RegistrationID(clientID string) (ID, bool) {
	const encoded = 24 // characters for 18 bytes, of which the ID is the first 16
	text, ok := strings.CutPrefix(clientID, RegistrationPrefix)
	if !ok || len(text) < encoded {
		return ID{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text[:encoded])
	if err != nil || len(raw) < len(ID{}) {
		return ID{}, false
	}
	return ID(raw), true
}
