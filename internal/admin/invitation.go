package admin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/audit"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// An invitationPage shows the invitations, and a form for a new one.
type invitationPage struct {
	Table   listView // the invitations, newest first
	CanMail bool     // the server sends emails
	// Languages are those in which an email can be sent.
	Languages []mailLanguage
	// Email, Locale, Note and Days are the fields of the form.
	Email, Locale, Note, Days string
	Roles                     account.Roles      // the roles that are selected in the form
	Errors                    map[string]ui.Text // messages, by field
	// Link is that of an invitation that was just created, or empty. It is shown once.
	Link string
	// Sent is the address to which an invitation was just sent, or empty.
	Sent string
}

// A mailLanguage is a language in which an email can be sent.
type mailLanguage struct {
	Tag  string  // a tag (BCP 47)
	Text ui.Text // the name of the language in the language itself
}

// Choices returns all roles, for the boxes of the form.
func (p invitationPage) Choices() []roleChoice { return choicesOf(p.Roles) }

// showInvitationList shows the invitations.
func (b *office) showInvitationList(r *request) error {
	return b.showInvitations(r, http.StatusOK, invitationPage{Days: "7"})
}

func (b *office) showInvitations(r *request, status int, page invitationPage) error {
	l, err := b.invitationList(r)
	if err != nil {
		return err
	}
	view, err := r.listView(l)
	if err != nil || view == nil {
		return err
	}
	page.Table, page.CanMail = *view, b.CanMail
	for _, l := range b.MailLanguages() {
		page.Languages = append(page.Languages, mailLanguage{l.Tag, ui.Plain(l.Name)})
	}
	r.render(status, "invitation_list", l.title, l.section, page)
	return nil
}

func invitationText(s account.InvitationState) ui.Text {
	return map[account.InvitationState]ui.Text{
		account.InvitationOpen: {"admin.invitation.open"}, account.InvitationUsed: {"admin.invitation.used"},
		account.InvitationWithdrawn: {"admin.invitation.withdrawn"}, account.InvitationExpired: {"admin.invitation.expired"},
	}[s]
}

// invitationAdd creates an invitation, and sends it or shows its link once.
func (b *office) invitationAdd(r *request) error {
	form := r.PostForm
	page := invitationPage{Email: form.Get("email"), Locale: form.Get("locale"), Note: form.Get("note"), Days: form.Get("days"), Roles: rolesIn(form["role"]), Errors: make(map[string]ui.Text)}
	if len(page.Roles) > 0 {
		if err := r.need(account.PeopleRoles); err != nil {
			return err
		}
	}
	i, code, err := b.Accounts.Invite(r.Context(), account.NewInvitation{
		Email: page.Email, Locale: page.Locale, Note: page.Note, Roles: page.Roles, TTL: daysOf(page.Days), CreatedBy: r.me.ID,
	})
	if faults, invalid := errors.AsType[validate.FieldErrors](err); invalid {
		for _, fault := range faults {
			page.Errors[fault.Field] = faultText(fault)
		}
		return b.showInvitations(r, http.StatusUnprocessableEntity, page)
	}
	if err != nil {
		return err
	}
	r.details.Changes = audit.InvitationChanges(i, audit.InvitationCreated)
	r.changed(i.ID)
	page = invitationPage{Locale: page.Locale, Days: "7", Sent: i.Email}
	if code != "" {
		page.Link = b.InvitationLink(code)
	}
	return b.showInvitations(r, http.StatusOK, page)
}

// daysOf returns the lifetime of an invitation that was chosen in the form. "0" means that
// it does not expire.
func daysOf(days string) time.Duration {
	n, err := strconv.Atoi(days)
	if err != nil || n < 0 {
		return 0 // the default
	}
	if n == 0 {
		return -1
	}
	return time.Duration(min(n, 10_000)) * 24 * time.Hour
}

// invitationChange withdraws an invitation, sends its email again, or adds one.
func (b *office) invitationChange(r *request) error {
	var err error
	note, act := "invitation-withdrawn", audit.InvitationWithdrawn
	switch {
	case r.PostForm.Has("withdraw"):
		r.target = r.PostForm.Get("withdraw")
		err = b.Accounts.WithdrawInvitation(r.Context(), r.target)
	case r.PostForm.Has("send"):
		r.target, note, act = r.PostForm.Get("send"), "invitation-sent", audit.InvitationSent
		err = b.Accounts.SendInvitation(r.Context(), r.target)
	default:
		return b.invitationAdd(r)
	}
	if closed, ok := errors.AsType[*account.InvitationError](err); ok {
		note, err, r.reported = "invitation-"+string(closed.State), nil, true // nothing was changed
	}
	if errors.Is(err, account.ErrMailRecipientFull) {
		note, err = "invitation-waiting", nil
	}
	if err != nil {
		return err
	}
	r.details.Changes = audit.InvitationChanges(account.Invitation{}, act)
	return r.goBack(note)
}

// withdrawInvitations withdraws invitations. It skips those that were used, have expired or were withdrawn before.
func (b *office) withdrawInvitations(r *request, keys []string) error {
	for _, id := range keys {
		err := b.Accounts.WithdrawInvitation(r.Context(), id)
		_, closed := errors.AsType[*account.InvitationError](err)
		switch {
		case closed:
			r.acted.already++
			continue
		case errors.Is(err, account.ErrNotFound):
			r.acted.gone++
			continue
		case err != nil:
			return err
		}
		r.acted.done++
		r.report(id, oauth.EventDetails{Changes: audit.InvitationChanges(account.Invitation{}, audit.InvitationWithdrawn)})
	}
	return nil
}

func (b *office) askInvitation(r *request) (bool, error) {
	if !r.PostForm.Has("withdraw") {
		return false, nil
	}
	return r.ask("invitations", question{
		Heading: ui.Text{"admin.ask.invitation"}, Button: ui.Text{"admin.button.withdraw"},
		Text: ui.Text{"admin.ask.invitation_text"},
	})
}
