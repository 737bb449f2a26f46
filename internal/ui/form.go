package ui

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// FormType is the media type of the forms of a page, and of the requests of
// applications.
const FormType = "application/x-www-form-urlencoded"

// IsForm reports whether a Content-Type is FormType, with any parameters.
func IsForm(contentType string) bool {
	if contentType == FormType {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && mediaType == FormType
}

// ConfirmPrefix begins the names of the fields with which a person confirms their identity.
// The browser sends them again with the form that asked for the confirmation.
const ConfirmPrefix = "confirm_"

// KeptFields returns the fields of a form that a page may contain, so that the form can be
// sent again: all but passwords, codes, and those with which a person confirms their identity.
// DroppedSecret has the names of the passwords that were entered.
func KeptFields(form url.Values) url.Values {
	kept, dropped := make(url.Values, len(form)), slices.Clone(form[DroppedSecret])
	for name, values := range form {
		switch {
		case strings.HasPrefix(name, ConfirmPrefix), name == DroppedSecret:
		case !IsSecret(name):
			kept[name] = values
		case form.Get(name) != "":
			dropped = append(dropped, name)
		}
	}
	if len(dropped) > 0 {
		kept[DroppedSecret] = dropped
	}
	return kept
}

// ParseForm parses the form that a page has posted into r.Form and r.PostForm. A
// form of another media type, or one that is too long, is a Problem. No other
// function parses forms of people: r.FormValue would read a multipart body too.
func ParseForm(r *http.Request) error {
	if contentType := r.Header.Get("Content-Type"); r.Method == http.MethodPost && !IsForm(contentType) {
		return FormProblem(fmt.Errorf("the Content-Type is %q", contentType))
	}
	if err := r.ParseForm(); err != nil && r.Method == http.MethodPost {
		return FormProblem(err)
	}
	return nil
}
