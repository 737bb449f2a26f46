package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// form wraps a handler of a page with a form: it rejects requests that another
// site's page makes, and reads the form.
func (h *Handler) form(serve handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := h.checkOrigin(r); err != nil {
			return err
		}
		if err := ui.ParseForm(r); err != nil {
			return err
		}
		if err := serve(w, r); err != nil {
			return &formError{err}
		}
		return nil
	}
}

// checkOrigin rejects a request that another site's page makes.
func (h *Handler) checkOrigin(r *http.Request) error {
	return ui.CheckOrigin(h.origin, oauth.Origin(h.OAuth.Issuer), oauth.LoopbackHost, r)
}

// fieldErrors are messages by the name of a field; "" is the whole form.
type fieldErrors map[string]ui.Text

// A fieldError is the message at one field, or an empty one.
type fieldError struct {
	Name    string  // of the field
	Message ui.Text // what is wrong, and what to do
}

// fieldOrder is the order of the fields in every form. A test compares it with the pages.
var fieldOrder = append([]string{
	"code", "user_code", "username", "name", "email", "email_password", "present", "password", "password_again", "passkey", "picture",
}, account.ProfileClaims()...)

// Summary returns the summary of the faults.
func (f fieldErrors) Summary() ui.Summary {
	var faults []ui.Fault
	for name, message := range f {
		if name != "" {
			faults = append(faults, ui.Fault{Field: name, Message: message})
		}
	}
	summary := ui.Summarize(fieldOrder, faults)
	summary.Text = f[""]
	return summary
}

// At returns the message at a field.
func (f fieldErrors) At(name string) fieldError { return fieldError{name, f[name]} }

// add adds the messages of an error that a person can correct in the form, and
// returns the status of the answer. For any other error it returns 0.
func (f fieldErrors) add(w http.ResponseWriter, err error) (status int) {
	if throttled, ok := errors.AsType[*account.ThrottledError](err); ok {
		w.Header().Set("Retry-After", fmt.Sprint(int(throttled.RetryAfter.Seconds())+1))
		f[""] = ui.Text{"form.throttled", "duration", minutes(throttled.RetryAfter)}
		return http.StatusTooManyRequests
	}
	faults, ok := errors.AsType[validate.FieldErrors](err)
	if !ok {
		return 0
	}
	for _, fault := range faults {
		f[fault.Field] = faultText(fault)
	}
	return http.StatusUnprocessableEntity
}

// faultText returns the message of a fault in the language of the person, or, if the
// fault has no Code, in English.
func faultText(fault validate.FieldError) ui.Text {
	if fault.Code == "" {
		return ui.Plain(fault.Message)
	}
	return append(ui.Text{"fault." + fault.Code}, fault.Values...)
}

// minutes returns a duration in words, rounded up to minutes.
func minutes(d time.Duration) ui.Text {
	return ui.Text{"duration.minutes", "n", max(1, int((d+time.Minute-1)/time.Minute))}
}

// hours returns a duration in words, rounded up to hours.
func hours(d time.Duration) ui.Text {
	return ui.Text{"duration.hours", "n", max(1, int((d+time.Hour-1)/time.Hour))}
}

// newPassword returns the new password, and whether it was typed twice.
func newPassword(r *http.Request) (string, validate.FieldErrors) {
	password := r.PostFormValue("password")
	if password != r.PostFormValue("password_again") {
		return password, validate.Field("password_again", "The two passwords are not the same.").WithCode("passwords_differ")
	}
	return password, nil
}

// localPath returns next if it is a path of this server, and fallback if it is
// anything else, because a link from another site can have any next.
func localPath(next, fallback string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") {
		return fallback
	}
	if u, err := url.Parse(next); err != nil || u.Scheme != "" || u.Host != "" {
		return fallback
	}
	return next
}
