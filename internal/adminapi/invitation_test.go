package adminapi_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
)

// TestAnInvitationThatCannotBeSentIsAConflict: the database is available, and the invitation
// exists. The problem says what to do.
func TestAnInvitationThatCannotBeSentIsAConflict(t *testing.T) {
	s := start(t, func(o *latchkey.Options) {
		o.SendMail = func(context.Context, latchkey.Mail) error { return errors.New("the mail server is unavailable") }
	})
	token := s.as(account.RoleAdministrator)
	id := s.want(http.StatusCreated, token, "POST", "invitations", `{}`).text("id")
	s.want(http.StatusConflict, token, "POST", "invitations/"+id+"/send", "")
	s.want(http.StatusNotFound, token, "POST", "invitations/x/send", "")
	mailed := s.want(http.StatusCreated, token, "POST", "invitations", `{"email": "ada@example.com"}`).text("id")
	status := 0
	for range 200 {
		if status = s.call(token, "POST", "invitations/"+mailed+"/send", "").StatusCode; status != http.StatusNoContent {
			break
		}
	}
	if status != http.StatusConflict {
		t.Errorf("too many emails: %d", status)
	}
	s.want(http.StatusConflict, token, "POST", "invitations", `{"email": "ada@example.com"}`)

	lasting := s.want(http.StatusCreated, token, "POST", "invitations", `{"no_expiry": true}`)
	if lasting.json["expires_at"] != nil {
		t.Errorf("an invitation without an expiry date: %s", lasting.body)
	}
	for _, body := range []string{`{"no_expiry": true, "days": 3}`, `{"no_expiry": true, "ttl": 60}`} {
		if a := s.want(http.StatusUnprocessableEntity, token, "POST", "invitations", body); !slices.Contains(a.fields(), "no_expiry") {
			t.Errorf("%s: %s", body, a.body)
		}
	}

	silent := start(t)
	token = silent.as(account.RoleAdministrator)
	id = silent.want(http.StatusCreated, token, "POST", "invitations", `{}`).text("id")
	silent.want(http.StatusConflict, token, "POST", "invitations/"+id+"/send", "")
}
