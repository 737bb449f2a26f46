package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
)

// testNoticesOfChanges checks that a change of an account and the notice about it
// are stored together, or neither is.
func testNoticesOfChanges(t *testing.T, h *house) {
	wide := account.MailBounds{Rank: 100, Recipient: 100, Source: 100}
	must(t, h.AddMail(ctx, h.mail("taken", account.MailPasswordChanged, "other@x.example", "", 2), wide))
	admin := &account.User{ID: "id-root", Username: "root", Admin: true, CreatedAt: h.now, UpdatedAt: h.now}
	must(t, h.CreateUser(ctx, admin, "root", account.Unconditionally))
	ada := h.user(t, "ada")

	// Each returns whether the change was made.
	password := func(id string, version int64, notice *account.Notice) (bool, error) {
		u := &account.User{ID: id, LoginEpoch: version} // another epoch is a conflict, as another version is
		err := h.SetPassword(ctx, account.PasswordChange{User: u, Hash: "new " + notice.Mail.ID, Checked: version != ada.Version, At: h.now, Notice: notice})
		stored, findErr := h.User(ctx, id)
		return findErr == nil && stored.PasswordHash == "new "+notice.Mail.ID, err
	}
	address := func(id string, version int64, notice *account.Notice) (bool, error) {
		u := &account.User{ID: id, Username: id[len("id-"):], Email: notice.Mail.ID + "@new.example", UpdatedAt: h.now, Version: version}
		if stored, err := h.User(ctx, id); err == nil && version == ada.Version {
			u.Version = stored.Version
		}
		err := h.UpdateUser(ctx, u, u.Username, notice)
		stored, findErr := h.User(ctx, id)
		return findErr == nil && stored.Email == notice.Mail.ID+"@new.example", err
	}
	for name, step := range map[string]struct {
		change  func(id string, version int64, notice *account.Notice) (bool, error)
		id      string
		version int64
		mail    string
		bounds  account.MailBounds
		want    error // if set, neither is stored
		dropped error // if set, only the change is
	}{
		"a new password":                         {password, ada.ID, ada.Version, "p1", wide, nil, nil},
		"a new password of nobody":               {password, "id-none", ada.Version, "p2", wide, account.ErrNotFound, nil},
		"a new password after another":           {password, ada.ID, 77, "p3", wide, account.ErrConflict, nil},
		"a new password and a notice that fails": {password, ada.ID, ada.Version, "taken", wide, account.ErrConflict, nil},
		"a new password and a full queue":        {password, ada.ID, ada.Version, "p4", account.MailBounds{Recipient: 99, Source: 99}, nil, account.ErrMailQueueFull},
		"a new address":                          {address, ada.ID, ada.Version, "a1", wide, nil, nil},
		"a new address of nobody":                {address, "id-none", ada.Version, "a2", wide, account.ErrNotFound, nil},
		"a new address after another":            {address, ada.ID, 77, "a3", wide, account.ErrConflict, nil},
		"a new address and a notice that fails":  {address, ada.ID, ada.Version, "taken", wide, account.ErrConflict, nil},
		"a new address and a full mailbox":       {address, ada.ID, ada.Version, "a4", account.MailBounds{Rank: 99, Source: 99}, nil, account.ErrMailRecipientFull},
		"a demotion of the only administrator":   {address, admin.ID, ada.Version, "a5", wide, account.ErrLastAdmin, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h.newMails(t)
			notice := &account.Notice{Mail: h.mail(step.mail, account.MailPasswordChanged, "ada@x.example", "", 2), Bounds: step.bounds, Dropped: errors.New("of an earlier try")}
			if step.want != nil {
				notice.Dropped = nil
			}
			changed, err := step.change(step.id, step.version, notice)
			if !errors.Is(err, step.want) || (err == nil) != (step.want == nil) || changed != (step.want == nil) {
				t.Errorf("changed %t, %v; want %v", changed, err, step.want)
			}
			if !errors.Is(notice.Dropped, step.dropped) || (notice.Dropped == nil) != (step.dropped == nil) {
				t.Errorf("dropped because of %v, want %v", notice.Dropped, step.dropped)
			}
			var want []string
			if step.want == nil && step.dropped == nil {
				want = []string{step.mail}
			}
			if queued := h.newMails(t); !slices.Equal(queued, want) {
				t.Errorf("queued %q, want %q", queued, want)
			}
		})
	}
}

// newMails returns the IDs of the mails that were queued since the last call.
func (h *house) newMails(t *testing.T) []string {
	t.Helper()
	mails, err := h.TakeMails(ctx, h.now, time.Hour, 100, 1000)
	must(t, err)
	return mailIDs(mails)
}
