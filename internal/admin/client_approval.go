package admin

import (
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/developers"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// clientApproval approves or rejects an application that a person registered or changed. The
// decision is about the version that the page has shown.
func (b *office) clientApproval(r *request) error {
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return errGone
	}
	id, reason := r.PathValue("id"), strings.TrimSpace(r.PostForm.Get("reason"))
	if len(reason) > developers.MaxReason || len(validate.Name("reason", reason)) > 0 {
		return errGone
	}
	note, decided := "approved", (*oauth.Client)(nil)
	if r.PostForm.Has("approve") {
		decided, err = b.approve(r, id, version)
	} else {
		note = "rejected"
		decided, err = developers.Reject(r.Context(), b.Store, id, version, reason, b.Clock())
	}
	if err != nil {
		return err
	}
	r.details = oauth.EventDetails{ClientName: decided.Name, Changes: []oauth.Change{{Field: "review", After: note}, {Field: "reason", After: reason}}}
	return r.goTo("app-"+note, "applications", id)
}

// approve approves an application. That enables it, so its secrets are valid again.
func (b *office) approve(r *request, id string, version int64) (*oauth.Client, error) {
	c, err := b.Store.Client(r.Context(), id)
	if err == nil && c.Version != version {
		err = oauth.ErrConflict
	}
	if err == nil {
		err = r.needToAdmit(c)
	}
	if err != nil {
		return nil, err
	}
	return developers.Approve(r.Context(), b.Store, id, version, b.Clock())
}
