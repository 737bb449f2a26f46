package resource

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

// readClaims reads the claims of a JWT. If they are plain and have the types of RFC 9068,
// they need no decoder.
func readClaims(payload []byte) (*claims, error) {
	var c claims
	if jose.ReadPlain(string(payload), c.readPlain) {
		return &c, nil
	}
	c = claims{}
	err := json.Unmarshal(payload, &c)
	return &c, err
}

// readPlain reads a claim. It returns false if the claims must be decoded: if the claim is
// repeated, has another type, or is one of those that RFC 9068 does not name.
func (c *claims) readPlain(name string, value jose.PlainValue) bool {
	switch name {
	case "iss":
		return readText(&c.Issuer, value)
	case "sub":
		return readText(&c.Subject, value)
	case "jti":
		return readText(&c.ID, value)
	case "client_id":
		return readText(&c.ClientID, value)
	case "scope":
		return readText(&c.Scope, value)
	case "acr":
		return readText(&c.ACR, value)
	case "aud":
		if value.IsText {
			value.List, value.IsList = []string{value.Text}, true
		}
		return readList(&c.Audience, value)
	case "amr":
		return readList(&c.AMR, value)
	case "iat":
		return readDate(&c.IssuedAt, value)
	case "auth_time":
		return readDate(&c.AuthTime, value)
	case "exp":
		c.ExpiresAt = new(jose.NumericDate)
		return readDate(c.ExpiresAt, value)
	case "nbf":
		c.NotBefore = new(jose.NumericDate)
		return readDate(c.NotBefore, value)
	}
	upperCase := func(r rune) bool { return 'A' <= r && r <= 'Z' } // the decoder ignores case
	return !decodedClaims[name] && !strings.ContainsFunc(name, upperCase)
}

func readText[T ~string](claim *T, value jose.PlainValue) bool {
	if !value.IsText || *claim != "" {
		return false
	}
	*claim = T(value.Text)
	return true
}

func readList[T ~[]string](claim *T, value jose.PlainValue) bool {
	if !value.IsList || *claim != nil {
		return false
	}
	*claim = value.List
	return true
}

func readDate[T ~int64 | ~float64](claim *T, value jose.PlainValue) bool {
	if !value.IsNumber || *claim != 0 {
		return false
	}
	*claim = T(value.Number)
	return true
}

// decodedClaims has the names of all claims that this package reads.
var decodedClaims = claimNames()

func claimNames() map[string]bool {
	names := make(map[string]bool)
	for _, field := range reflect.VisibleFields(reflect.TypeFor[claims]()) {
		names[field.Tag.Get("json")] = true
	}
	return names
}
