package provider

import (
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A JWTID holds the parts of the jti of a JWT access token. The token is not stored, so it is found by its
// jti. A jti is not signed, so it can be invented.
type JWTID struct {
	ID     oauth.ID // of the token
	Family oauth.ID // the family of the token, or zero
	// Client is the client_id, or the beginning of the client_id of an application that registered itself
	// (oauth.RegistrationStart). It is empty if the token belongs to the client of its family.
	Client string
}

// jwtID returns the jti of a JWT access token: its ID, after a period its family, and after an at sign its
// client, unless that is the client of the family. The JWT has all of them in other claims, too.
func jwtID(t *oauth.AccessToken) string {
	text := t.ID.String()
	if !t.FamilyID.IsZero() {
		text += "." + t.FamilyID.String()
	}
	if t.FamilyID.IsZero() || t.FamilyClient != "" {
		text += "@" + oauth.RegistrationStart(t.ClientID)
	}
	return text
}

// ParseJWTID returns the parts of a jti, and whether the text is one.
func ParseJWTID(text string) (parsed JWTID, ok bool) {
	text, parsed.Client, ok = strings.Cut(text, "@")
	if ok && parsed.Client == "" {
		return JWTID{}, false
	}
	text, family, inFamily := strings.Cut(text, ".")
	var err error
	if parsed.ID, err = oauth.ParseID(text); err != nil || !ok && !inFamily {
		return JWTID{}, false
	}
	if inFamily {
		if parsed.Family, err = oauth.ParseID(family); err != nil {
			return JWTID{}, false
		}
	}
	return parsed, true
}
