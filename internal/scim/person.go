package scim

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
)

// A person holds the attributes of a person that a client can change.
type person struct {
	// texts maps a key to a string. The keys are those in stored, and "emails", "username",
	// "displayname" and "externalid". A missing string is empty.
	texts  map[string]string
	active bool
	// activeGiven is set if the request has the attribute active.
	activeGiven bool
	// password is a new password, or empty.
	password string
}

// stored are the claims (OpenID Connect Core §5.1) that hold attributes.
var stored = map[string]string{
	"name.givenname": "given_name", "name.familyname": "family_name", "name.middlename": "middle_name", "nickname": "nickname",
	"profileurl": "profile", "locale": "locale", "timezone": "zoneinfo", "phonenumbers": "phone_number",
}

// same maps attributes to the attribute with the same value.
var same = map[string]string{"name.formatted": "displayname", "preferredlanguage": "locale"}

// personOf returns the attributes of an account.
func personOf(u *account.User, externalID string) (person, error) {
	p := person{texts: map[string]string{"username": u.Username, "displayname": u.Name, "emails": u.Email, "externalid": externalID}, active: !u.Disabled}
	claims, err := u.TextClaims(slices.Collect(maps.Values(stored))...)
	for key, claim := range stored {
		p.texts[key] = claims[claim]
	}
	return p, err
}

// apply changes an account, apart from its password, its external ID and whether it is disabled.
func (p person) apply(u *account.User) error {
	u.Username, u.Name = p.texts["username"], p.texts["displayname"]
	claims := make(map[string]string)
	for key, claim := range stored {
		claims[claim] = p.texts[key]
	}
	if !strings.EqualFold(p.texts["emails"], u.Email) { // the same address remains verified
		if err := u.SetEmail(p.texts["emails"]); err != nil {
			return err
		}
	}
	return u.SetTextClaims(claims)
}

// fill replaces all attributes with those of a body. Attributes that are not in the body become
// empty, except for active, which does not change.
func (p *person) fill(body map[string]any) error {
	p.texts = make(map[string]string)
	for _, name := range inOrder(body) {
		if value := body[name]; value != nil && value != "" {
			if err := p.setNamed(name, value); err != nil {
				return err
			}
		}
	}
	if p.texts["displayname"] == "" {
		p.texts["displayname"] = strings.TrimSpace(p.texts["name.givenname"] + " " + p.texts["name.familyname"])
	}
	return nil
}

// inOrder returns the names of attributes in the order in which they are set: displayName and
// preferredLanguage after the attributes with the same value.
func inOrder(body map[string]any) []string {
	rank := func(name string) int {
		if strings.EqualFold(name, "displayName") || strings.EqualFold(name, "preferredLanguage") {
			return 1
		}
		return 0
	}
	names := slices.Sorted(maps.Keys(body))
	slices.SortStableFunc(names, func(a, b string) int { return rank(a) - rank(b) })
	return names
}

// setNamed sets an attribute that a body names. Unknown names have no effect, because clients also
// send attributes of other servers.
func (p *person) setNamed(name string, value any) error {
	at, err := parsePath(name)
	if err != nil || at.extension || !has(userAttributes, at.attribute) || readOnly(at) {
		return nil //nolint:nilerr // as documented
	}
	return p.set(at, value)
}

// readOnly reports whether clients cannot change an attribute of a resource.
func readOnly(at path) bool {
	return slices.Contains(common, at.attribute) || at.attribute == "groups"
}

// set sets an attribute. A value of nil removes it.
func (p *person) set(at path, value any) error {
	switch at.attribute {
	case "active":
		yes, ok := truth(value)
		if !ok {
			return badValue("active", "Use true or false.")
		}
		p.active, p.activeGiven = yes, true
		return nil
	case "password":
		password, err := textOf("password", value)
		if err == nil && password == "" {
			err = badValue("password", "Use a password that is not empty.")
		}
		p.password = password
		return err
	case "emails", "phonenumbers":
		return p.setOnly(at, value)
	case "name":
		return p.setName(at.sub, value)
	}
	if at.filter != nil || at.sub != "" {
		return badPath("The attribute " + short(at.attribute) + " has no sub-attributes.")
	}
	return p.setText(at.attribute, value)
}

// setText sets the text with a key.
func (p *person) setText(key string, value any) error {
	text, err := textOf(key, value)
	if own := same[key]; own != "" {
		key = own
	}
	if key == "locale" {
		text, _, _ = strings.Cut(text, ",") // the first of several languages (RFC 9110 §12.5.4)
		text, _, _ = strings.Cut(text, ";")
		text = strings.ReplaceAll(text, "_", "-")
	}
	if key == "username" && text == "" && err == nil {
		err = badValue("userName", "A person needs a username.")
	}
	p.texts[key] = strings.TrimSpace(text)
	return err
}

// textOf returns a value that must be a string. It returns "" for null.
func textOf(name string, value any) (string, error) {
	text, ok := value.(string)
	if !ok && value != nil {
		return "", badValue(name, "This value is not a string.")
	}
	return text, nil
}

// setName sets a part of the name, or all parts that an object has.
func (p *person) setName(part string, value any) error {
	const names = ",formatted,givenname,familyname,middlename,"
	if part != "" {
		if !strings.Contains(names, ","+part+",") {
			return nil // honorificPrefix and honorificSuffix are not stored
		}
		return p.setText("name."+part, value)
	}
	object, ok := value.(map[string]any)
	switch {
	case value == nil:
		for _, part := range []string{"formatted", "givenname", "familyname", "middlename"} {
			delete(p.texts, "name."+part)
		}
		return nil
	case !ok:
		return badValue("name", "This value is not an object.")
	}
	for name, value := range object {
		if err := p.setName(strings.ToLower(name), value); err != nil {
			return err
		}
	}
	return nil
}
