package ui

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Retry is a form that resubmits the values that a person entered, after a POST
// failed because of a temporary error.
type Retry struct {
	// URL is where the form is sent.
	URL string
	// Fields contains the entries of the person.
	Fields []RetryField
}

// A RetryField is a field of a Retry. A secret has no value: the person types it
// again, because a page must not contain a password.
type RetryField struct {
	// Name and Value are those of the field. A Secret has no Value.
	Name, Value string
	// Secret is set for a password.
	Secret bool
}

// secretFields are the names of the fields of all pages that contain passwords.
var secretFields = []string{"password", "password_again", "present", "email_password", "confirm_password", "confirm_code", "provider_secret"}

// IsSecret reports whether the field with this name contains a password or a code, which
// a page must not contain.
func IsSecret(field string) bool { return slices.Contains(secretFields, field) }

// DroppedSecret is the name of a field with the names of the secrets that were entered in a
// form, and that are missing because the form is sent again. KeptFields adds it.
const DroppedSecret = "dropped_secret"

// Dropped reports whether a secret was entered in a form, but is missing because the form was
// sent again. The person must enter it again.
func Dropped(form url.Values, secret string) bool {
	return form.Get(secret) == "" && slices.Contains(form[DroppedSecret], secret)
}

// NewRetry returns the Retry for a request, or nil if it has not posted a form.
// The form must have been parsed, and not come from a page of another site.
func NewRetry(r *http.Request) *Retry {
	if r.Method != http.MethodPost || len(r.PostForm) == 0 {
		return nil
	}
	retry := &Retry{URL: r.URL.RequestURI()}
	if strings.HasPrefix(retry.URL, "//") { // another host
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.PostForm)) {
		for _, value := range r.PostForm[name] {
			if !IsSecret(name) {
				retry.Fields = append(retry.Fields, RetryField{Name: name, Value: value})
			} else if value != "" {
				retry.Fields = append(retry.Fields, RetryField{Name: name, Secret: true})
			}
		}
	}
	return retry
}

// Label returns the label of a secret.
func (f RetryField) Label() Text {
	switch f.Name {
	case "present", "email_password", "confirm_password":
		return Text{"field.current_password"}
	case "password_again":
		return Text{"field.confirm_password"}
	case "confirm_code":
		return Text{"field.code"}
	case "provider_secret": // only in the back office
		return Text{"admin.common.client_secret"}
	}
	return Text{"field.password"}
}
