package provider

import (
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// jwtID returns the jti of a JWT access token. The token is not stored, so it is found by the jti, which
// contains the ID of the token and, after a period, that of its family. For a token without a family, its
// client follows after an at sign. The JWT has both in other claims, too.
func jwtID(t *oauth.AccessToken) string {
	if t.FamilyID.IsZero() {
		return t.ID.String() + "@" + t.ClientID
	}
	return t.ID.String() + "." + t.FamilyID.String()
}

var errNotAJWTID = errors.New("not the jti of a JWT access token")

// parseJWTID returns the parts of a jti: the ID of the token, and its family or its client.
func parseJWTID(jti string) (id, family oauth.ID, clientID string, err error) {
	end := strings.IndexAny(jti, ".@")
	if end < 0 {
		return id, family, "", errNotAJWTID
	}
	if id, err = oauth.ParseID(jti[:end]); err != nil {
		return id, family, "", err
	}
	if jti[end] == '@' {
		return id, family, jti[end+1:], nil
	}
	family, err = oauth.ParseID(jti[end+1:])
	return id, family, "", err
}

// IsJWTID reports whether a text has the form of the jti of a JWT access token.
func IsJWTID(text string) bool {
	_, _, _, err := parseJWTID(text)
	return err == nil
}
