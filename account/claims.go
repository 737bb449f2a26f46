package account

import (
	"encoding/json"
	"maps"
)

// StandardClaims returns the user's standard claims (OpenID Connect Core §5.1).
// The account's own fields take precedence over Claims. The result does not
// contain sub.
func (u *User) StandardClaims() (map[string]any, error) {
	claims, err := u.claims()
	if err != nil {
		return nil, err
	}
	own := map[string]any{"preferred_username": u.Username}
	if u.Name != "" {
		own["name"] = u.Name
	}
	if u.Email != "" {
		own["email"] = u.Email
		_, stated := claims["email_verified"]
		if otherAddress := claims["email"] != nil && claims["email"] != u.Email; !stated || otherAddress {
			own["email_verified"] = false // §5.1: true only if we verified this address
		}
	}
	if len(u.Memberships) > 0 {
		if own["groups"], err = u.Groups(); err != nil {
			return nil, err
		}
	}
	if !u.UpdatedAt.IsZero() {
		own["updated_at"] = u.UpdatedAt.Unix()
	}
	maps.Copy(claims, own)
	return claims, nil
}

// claims returns the content of Claims, never nil unless there is an error.
func (u *User) claims() (map[string]any, error) {
	claims := make(map[string]any)
	if len(u.Claims) == 0 {
		return claims, nil
	}
	err := json.Unmarshal(u.Claims, &claims)
	if claims == nil { // the text is null
		claims = make(map[string]any)
	}
	return claims, err
}

// setLocale sets the claim locale if the account has none.
func (u *User) setLocale(tag string) error {
	claims, err := u.claims()
	if err != nil || tag == "" || claims["locale"] != nil {
		return nil //nolint:nilerr // checkStandardClaims reports claims that are not valid
	}
	claims["locale"] = tag
	return u.setClaims(claims)
}

// setClaims replaces Claims.
func (u *User) setClaims(claims map[string]any) (err error) {
	u.Claims = nil
	if len(claims) > 0 {
		u.Claims, err = json.Marshal(claims)
	}
	return err
}

// TextClaims returns the named claims whose value is a string. It omits the others.
func (u *User) TextClaims(names ...string) (map[string]string, error) {
	claims, err := u.claims()
	values := make(map[string]string, len(names))
	for _, name := range names {
		if text, isText := claims[name].(string); isText {
			values[name] = text
		}
	}
	return values, err
}

// SetTextClaims sets claims to strings. It removes a claim if its new value is empty. A changed
// telephone number is no longer verified.
func (u *User) SetTextClaims(values map[string]string) error {
	claims, err := u.claims()
	if err != nil {
		return err
	}
	changed := false
	for name, text := range values {
		before, _ := claims[name].(string)
		if before == text {
			continue
		}
		changed = true
		if delete(claims, name); text != "" {
			claims[name] = text
		}
		if name == "phone_number" {
			delete(claims, "phone_number_verified")
		}
	}
	if !changed {
		return nil
	}
	return u.setClaims(claims)
}

// SetEmail sets the email address. A new address is not verified.
func (u *User) SetEmail(address string) error {
	if address == u.Email {
		return nil
	}
	claims, err := u.claims()
	if err != nil {
		return err
	}
	delete(claims, "email")
	delete(claims, "email_verified")
	u.Email = address
	return u.setClaims(claims)
}
